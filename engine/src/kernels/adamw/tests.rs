//! The step on the CPU: by hand, and against burn's operations.

use burn::tensor::{Device, TensorData};

use super::*;

fn tensor(values: Vec<f32>) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), &Device::flex())
}

fn close(found: Tensor<1>, expected: Tensor<1>) {
    let [found, expected] =
        [found, expected].map(|x| x.into_data().iter::<f32>().collect::<Vec<_>>());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        let allowed = 1e-6 * expected.abs().max(1e-2);
        assert!((found - expected).abs() <= allowed, "{found} is not {expected}");
    }
}

fn step(steps: i32) -> AdamWStep {
    AdamWStep {
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        decay: 1e-3 * 0.1,
        learning_rate: 1e-3,
        correction1: 1.0 - 0.9_f64.powi(steps),
        correction2: 1.0 - 0.999_f64.powi(steps),
        scale: 0.5,
    }
}

/// The arithmetic in burn's operations, as the optimizer had it.
fn composed(state: [Tensor<1>; 4], with: AdamWStep) -> [Tensor<1>; 3] {
    let [weights, gradient, mean, square] = state;
    let gradient = gradient.mul_scalar(with.scale);
    let mean = mean * with.beta1 + gradient.clone() * (1.0 - with.beta1);
    let square = square * with.beta2 + gradient.square() * (1.0 - with.beta2);
    let root = square.clone().sqrt() / with.correction2.sqrt() + with.eps;
    let rate = with.learning_rate / with.correction1;
    [weights * (1.0 - with.decay) - mean.clone() / root * rate, mean, square]
}

/// A first step: whatever the gradient, each weight decays by `1 − 1e-4` and then moves by the
/// learning rate against the gradient's sign. mean = 0.1 g, square = 0.001 g², g scaled by 1/2.
#[test]
fn the_first_step_by_hand() {
    let zeros = || tensor(vec![0.0; 2]);
    let [weights, mean, square] =
        adamw_step(tensor(vec![1.0, -2.0]), tensor(vec![4.0, -0.2]), zeros(), zeros(), step(1));
    close(weights, tensor(vec![0.998_9, -1.998_8]));
    close(mean, tensor(vec![0.2, -0.01]));
    close(square, tensor(vec![0.004, 1e-5]));
}

#[test]
fn steps_are_the_composed_ones() {
    for count in [1, 5, 64, 300_001] {
        let numbers =
            |seed: f32| tensor((0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect());
        let zeros = || tensor(vec![0.0; count]);
        let mut found = [numbers(0.7), zeros(), zeros()];
        let mut expected = found.clone();
        for steps in 1..=3 {
            let gradient = numbers(0.1 * steps as f32);
            let [weights, mean, square] = found;
            found = adamw_step(weights, gradient.clone(), mean, square, step(steps));
            let [weights, mean, square] = expected;
            expected = composed([weights, gradient, mean, square], step(steps));
        }
        for (found, expected) in found.into_iter().zip(expected) {
            close(found, expected);
        }
    }
}

#[test]
fn what_others_hold_is_not_overwritten() {
    let state = || tensor(vec![1.0, 2.0, 3.0]);
    let (weights, mean, square) = (state(), state(), state());
    let _ = adamw_step(weights.clone(), state(), mean.clone(), square.clone(), step(2));
    // A view of part of a longer tensor.
    let part = weights.clone().narrow(0, 1, 2);
    let _ = adamw_step(part.clone(), part.clone(), part.clone(), part, step(2));
    for held in [weights, mean, square] {
        close(held, state());
    }
}

//! The product and its gradients on the CPU: by hand, and against burn's operations.

use burn::tensor::{Device, TensorData, activation};

use super::*;

fn tensor(values: Vec<f32>) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), &Device::flex())
}

/// The product and the gradients of gate and up for an upstream gradient.
fn run(
    product: fn(Tensor<1>, Tensor<1>) -> Tensor<1>,
    [gate, up, upstream]: [Vec<f32>; 3],
) -> [Vec<f32>; 3] {
    let gate = tensor(gate).autodiff().require_grad();
    let up = tensor(up).autodiff().require_grad();
    let out = product(gate.clone(), up.clone());
    let mut gradients = (out.clone() * tensor(upstream)).sum().backward();
    let of_gate = gate.grad_remove(&mut gradients).unwrap();
    let of_up = up.grad_remove(&mut gradients).unwrap();
    [out.inner(), of_gate, of_up].map(|tensor| tensor.into_data().iter::<f32>().collect())
}

fn close(found: &[Vec<f32>; 3], expected: &[Vec<f32>; 3]) {
    for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
        let allowed = 1e-5 * expected.abs().max(1.0);
        assert!((found - expected).abs() < allowed, "{found} is not {expected}");
    }
}

/// gate 0: σ = 1/2, silu = 0, slope 1/2. gate ln 3: σ = 3/4, silu = 0.8239592,
/// slope = 3/4 + silu / 4 = 0.9559898. gate −100 and 100: silu is 0 and gate, slope 0 and 1.
#[test]
fn by_hand() {
    let gate = vec![0.0, 3.0_f32.ln(), -100.0, 100.0];
    let found = run(swiglu, [gate, vec![3.0, 2.0, 5.0, 7.0], vec![1.0, 10.0, 1.0, 1.0]]);
    let expected = [
        vec![0.0, 1.647_918, 0.0, 700.0],
        vec![1.5, 19.119_8, 0.0, 7.0],
        vec![0.0, 8.239_592, 0.0, 100.0],
    ];
    close(&found, &expected);
}

#[test]
fn is_the_composed_one() {
    for count in [1, 3, 64, 1_003] {
        let numbers = |seed: f32, size: f32| -> Vec<f32> {
            (0..count).map(|i| size * ((i as f32 + 1.0) * seed).sin()).collect()
        };
        let inputs = [numbers(0.7, 8.0), numbers(0.3, 2.0), numbers(0.9, 1.0)];
        let found = run(swiglu, inputs.clone());
        close(&found, &run(|gate, up| activation::silu(gate) * up, inputs));
    }
}

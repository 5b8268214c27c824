//! The norm and its gradients on the CPU: by hand, and against burn's operations.

use burn::tensor::{Device, TensorData};

use super::*;

const EPS: f64 = 1e-5;

fn numbers(count: usize, seed: f32) -> Vec<f32> {
    (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect()
}

fn tensor<const D: usize>(shape: [usize; D], seed: f32) -> Tensor<D> {
    let values = numbers(shape.iter().product(), seed);
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn tracked<const D: usize>(shape: [usize; D], seed: f32) -> Tensor<D> {
    tensor(shape, seed).autodiff().require_grad()
}

fn composed(x: Tensor<2>, weight: Tensor<1>) -> Tensor<2> {
    let mean_square = x.clone().square().mean_dim(1);
    x / mean_square.add_scalar(EPS).sqrt() * weight.unsqueeze::<2>()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let allowed = 2e-5 * expected.abs().max(1.0);
        assert!((found - expected).abs() < allowed, "{found} is not {expected}");
    }
}

/// x = (3, 4), weight (1, 2), no ε: r = 1/√12.5 = 0.2828427, normed = (3r, 8r).
/// Of the first number: gw = (1, 0), mean(gw x) = 1.5,
/// dx = r gw − x r³ 1.5 = (0.2828427 − 3 · 0.0339411, −4 · 0.0339411), dweight = (3r, 0).
#[test]
fn by_hand() {
    let on = |values: &[f32]| TensorData::new(values.to_vec(), [values.len()]);
    let device = Device::flex();
    let x = Tensor::<1>::from_data(on(&[3.0, 4.0]), &device).autodiff().require_grad();
    let weight = Tensor::<1>::from_data(on(&[1.0, 2.0]), &device).autodiff().require_grad();
    let normed = rms_norm(x.clone(), weight.clone(), 0.0);
    let mut gradients = normed.clone().narrow(0, 0, 1).sum().backward();
    close(&values(normed.inner()), &[0.848_528, 2.262_742]);
    close(&values(x.grad_remove(&mut gradients).unwrap()), &[0.181_019, -0.135_765]);
    close(&values(weight.grad_remove(&mut gradients).unwrap()), &[0.848_528, 0.0]);
}

#[test]
fn the_norm_is_the_composed_one() {
    for shape in [[1, 1], [3, 5], [2, 64], [7, 130]] {
        let run = |norm: fn(Tensor<2>, Tensor<1>) -> Tensor<2>| {
            let (x, weight) = (tracked(shape, 0.7), tracked([shape[1]], 0.3));
            let normed = norm(x.clone(), weight.clone());
            let mut gradients = (normed.clone() * tensor(shape, 0.9)).sum().backward();
            let grad_x = x.grad_remove(&mut gradients).unwrap();
            let grad_weight = weight.grad_remove(&mut gradients).unwrap();
            [values(normed.inner()), values(grad_x), values(grad_weight)]
        };
        let found = run(|x, weight| rms_norm(x, weight, EPS));
        let expected = run(composed);
        for (found, expected) in found.iter().zip(&expected) {
            close(found, expected);
        }
    }
}

/// How much of the sum and of its norm the loss reads, so that one, the other or both are used.
fn added(fused: bool, of_sum: bool, of_normed: bool) -> Vec<Vec<f32>> {
    let shape = [5, 70];
    let (residual, update) = (tracked(shape, 0.7), tracked(shape, 0.4));
    let weight = tracked([shape[1]], 0.3);
    let (sum, normed) = if fused {
        add_rms_norm(residual.clone(), update.clone(), weight.clone(), EPS)
    } else {
        let sum = residual.clone() + update.clone();
        (sum.clone(), composed(sum, weight.clone()))
    };
    let mut found = vec![values(sum.clone().inner()), values(normed.clone().inner())];
    let of_sum = of_sum.then(|| (sum * tensor(shape, 0.9)).sum());
    let of_normed = of_normed.then(|| (normed * tensor(shape, 0.8)).sum());
    let loss = of_sum.into_iter().chain(of_normed).reduce(|a, b| a + b).unwrap();
    let mut gradients = loss.backward();
    for leaf in [residual, update] {
        found.push(values(leaf.grad_remove(&mut gradients).unwrap()));
    }
    found.extend(weight.grad_remove(&mut gradients).map(values));
    found
}

#[test]
fn the_sum_and_its_norm_take_part_in_the_graph_together_and_alone() {
    for (of_sum, of_normed) in [(true, true), (false, true), (true, false)] {
        let found = added(true, of_sum, of_normed);
        let expected = added(false, of_sum, of_normed);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            close(found, expected);
        }
    }
}

/// Two layers, as in a decoder: the sum of one is the residual of the next.
#[test]
fn gradients_flow_through_a_chain() {
    let run = |fused: bool| {
        let shape = [3, 8];
        let start = tracked(shape, 0.7);
        let weight = tensor([shape[1]], 0.3);
        let mut h = start.clone();
        let mut update = start.clone().mul_scalar(0.5);
        for _ in 0..2 {
            let (sum, normed) = if fused {
                add_rms_norm(h, update, weight.clone(), EPS)
            } else {
                let sum = h + update;
                (sum.clone(), composed(sum, weight.clone()))
            };
            (h, update) = (sum, normed.square());
        }
        let mut gradients = (h * update * tensor(shape, 0.9)).sum().backward();
        values(start.grad_remove(&mut gradients).unwrap())
    };
    close(&run(true), &run(false));
}

#[test]
fn without_a_graph_nothing_is_tracked() {
    let (x, weight) = (tensor([2, 4], 0.7), tensor([4], 0.3));
    let (sum, normed) = add_rms_norm(x.clone().autodiff(), x.clone(), weight.clone(), EPS);
    assert!(!sum.is_tracked() && !normed.is_tracked());
    close(&values(sum.inner()), &values(x.clone() + x.clone()));
    close(&values(normed.inner()), &values(rms_norm(x.clone() + x, weight, EPS)));
}

//! The norm on the CPU: a loop over tokens.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};

use super::{RmsNormKernels, plain};
use crate::kernels::cpu;

impl RmsNormKernels for Flex {
    fn norm_forward(
        x: FloatTensor<Self>,
        update: Option<FloatTensor<Self>>,
        weight: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let x = cpu::contiguous(plain::sum::<Self>(x, update));
        let weight = cpu::contiguous(weight);
        let (Some(numbers), Some(weights)) = (cpu::numbers(&x), cpu::numbers(&weight)) else {
            return plain::forward::<Self>(x, None, weight, eps);
        };
        let normed = cpu::tensor(forward(numbers, weights, eps as f32), x.shape());
        (x, normed)
    }

    fn norm_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        direct: Option<FloatTensor<Self>>,
        eps: f64,
        weight_too: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>) {
        let [x, weight, grad] = [x, weight, grad].map(cpu::contiguous);
        let direct = direct.map(cpu::contiguous);
        let past = direct.as_ref().map(cpu::numbers);
        let (Some(xs), Some(weights), Some(grads), None | Some(Some(_))) =
            (cpu::numbers(&x), cpu::numbers(&weight), cpu::numbers(&grad), past)
        else {
            return plain::backward::<Self>(x, weight, grad, direct, eps, weight_too);
        };
        let mut grad_weight = vec![0.0_f32; if weight_too { weights.len() } else { 0 }];
        let mut grad_x = backward(xs, weights, grads, eps as f32, &mut grad_weight);
        for (out, past) in grad_x.iter_mut().zip(past.flatten().unwrap_or(&[])) {
            *out += past;
        }
        let grad_weight = weight_too.then(|| cpu::tensor(grad_weight, weight.shape()));
        (cpu::tensor(grad_x, x.shape()), grad_weight)
    }
}

/// `1 / √(mean x² + ε)` of a token.
fn scale(x: &[f32], eps: f32) -> f32 {
    1.0 / (cpu::dot(x, x) / x.len() as f32 + eps).sqrt()
}

fn forward(x: &[f32], weight: &[f32], eps: f32) -> Vec<f32> {
    let mut normed = vec![0.0_f32; x.len()];
    for (x, normed) in x.chunks(weight.len()).zip(normed.chunks_mut(weight.len())) {
        let scale = scale(x, eps);
        for ((normed, x), weight) in normed.iter_mut().zip(x).zip(weight) {
            *normed = x * scale * weight;
        }
    }
    normed
}

/// The gradient of `x`; adds that of the weight to `grad_weight`, unless it is empty.
fn backward(
    x: &[f32],
    weight: &[f32],
    grad: &[f32],
    eps: f32,
    grad_weight: &mut [f32],
) -> Vec<f32> {
    let width = weight.len();
    let mut grad_x = vec![0.0_f32; x.len()];
    let rows = grad_x.chunks_mut(width).zip(x.chunks(width)).zip(grad.chunks(width));
    for ((grad_x, x), grad) in rows {
        let scale = scale(x, eps);
        for ((out, grad), weight) in grad_x.iter_mut().zip(grad).zip(weight) {
            *out = grad * weight;
        }
        let along = cpu::dot(grad_x, x) * scale * scale * scale / width as f32;
        for (out, x) in grad_x.iter_mut().zip(x) {
            *out = *out * scale - x * along;
        }
        for ((sum, grad), x) in grad_weight.iter_mut().zip(grad).zip(x) {
            *sum += grad * x * scale;
        }
    }
    grad_x
}

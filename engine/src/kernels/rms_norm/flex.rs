//! The norm on the CPU: loops over tokens.

use std::ops::Range;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};

use super::{RmsNormKernels, plain};
use crate::kernels::cpu;
use crate::kernels::rows::{Rows, for_rows};

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
        let rows = xs.len() / weights.len();
        let (mut grad_x, mut scales) = (vec![0.0_f32; xs.len()], vec![0.0_f32; rows]);
        let direct = past.flatten();
        let kernel = BackwardLoop { xs, weights, grads, direct, eps: eps as f32 };
        for_rows(rows, [&mut grad_x, &mut scales], &kernel);
        let of_weight = || cpu::tensor(of_weight(xs, grads, &scales), weight.shape());
        let grad_weight = weight_too.then(of_weight);
        (cpu::tensor(grad_x, x.shape()), grad_weight)
    }
}

/// `1 / √(mean x² + ε)` of a token.
#[inline(always)]
fn scale(x: &[f32], eps: f32) -> f32 {
    1.0 / (cpu::dot(x, x) / x.len() as f32 + eps).sqrt()
}

fn forward(xs: &[f32], weights: &[f32], eps: f32) -> Vec<f32> {
    let mut normed = vec![0.0_f32; xs.len()];
    for_rows(xs.len() / weights.len(), [&mut normed], &ForwardLoop { xs, weights, eps });
    normed
}

struct ForwardLoop<'a> {
    xs: &'a [f32],
    weights: &'a [f32],
    eps: f32,
}

impl Rows<1> for ForwardLoop<'_> {
    #[inline(always)]
    fn run(&self, tokens: Range<usize>, [normed]: [&mut [f32]; 1]) {
        let width = self.weights.len();
        for (i, normed) in tokens.zip(normed.chunks_mut(width)) {
            let x = &self.xs[i * width..(i + 1) * width];
            let scale = scale(x, self.eps);
            for ((normed, x), weight) in normed.iter_mut().zip(x).zip(self.weights) {
                *normed = x * scale * weight;
            }
        }
    }
}

struct BackwardLoop<'a> {
    xs: &'a [f32],
    weights: &'a [f32],
    grads: &'a [f32],
    direct: Option<&'a [f32]>,
    eps: f32,
}

impl Rows<2> for BackwardLoop<'_> {
    /// The gradients of `x`, and each token's scale.
    #[inline(always)]
    fn run(&self, tokens: Range<usize>, [grad_x, scales]: [&mut [f32]; 2]) {
        let width = self.weights.len();
        for ((i, grad_x), kept) in tokens.zip(grad_x.chunks_mut(width)).zip(scales) {
            let place = i * width..(i + 1) * width;
            let x = &self.xs[place.clone()];
            let scale = scale(x, self.eps);
            *kept = scale;
            let grads = self.grads[place.clone()].iter().zip(self.weights);
            for (out, (grad, weight)) in grad_x.iter_mut().zip(grads) {
                *out = grad * weight;
            }
            let along = cpu::dot(grad_x, x) * scale * scale * scale / width as f32;
            for (out, x) in grad_x.iter_mut().zip(x) {
                *out = *out * scale - x * along;
            }
            let direct = self.direct.map_or(&[][..], |direct| &direct[place]);
            for (out, direct) in grad_x.iter_mut().zip(direct) {
                *out += direct;
            }
        }
    }
}

/// The gradient of the weight: a sum over tokens, so in their order on one thread.
fn of_weight(xs: &[f32], grads: &[f32], scales: &[f32]) -> Vec<f32> {
    let width = xs.len() / scales.len();
    let mut sums = vec![0.0_f32; width];
    for ((x, grad), scale) in xs.chunks(width).zip(grads.chunks(width)).zip(scales) {
        for ((sum, grad), x) in sums.iter_mut().zip(grad).zip(x) {
            *sum += grad * x * scale;
        }
    }
    sums
}

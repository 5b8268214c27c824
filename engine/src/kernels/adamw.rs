//! One step of AdamW (Loshchilov and Hutter 2017) over a flat group of weights, in one pass.
//!
//! burn takes a dozen passes over four tensors. The running means, and the weights where nothing
//! else holds them, are overwritten instead of allocated anew.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

mod flex;
mod launch;
mod plain;

/// The numbers of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWStep {
    /// Of the mean.
    pub beta1: f64,
    /// Of the mean square.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Learning rate times weight decay.
    pub decay: f64,
    /// Learning rate.
    pub learning_rate: f64,
    /// `1 − beta1^steps`
    pub correction1: f64,
    /// `1 − beta2^steps`
    pub correction2: f64,
    /// Multiplies the gradient: clipping's factor.
    pub scale: f64,
}

/// What the loop over weights reads, folded in f64 and rounded once.
#[derive(Clone, Copy, Debug)]
struct Constants {
    scale: f32,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    root: f32,
    eps: f32,
    keep: f32,
    rate: f32,
}

impl From<AdamWStep> for Constants {
    fn from(step: AdamWStep) -> Self {
        Self {
            scale: step.scale as f32,
            beta1: step.beta1 as f32,
            rest1: (1.0 - step.beta1) as f32,
            beta2: step.beta2 as f32,
            rest2: (1.0 - step.beta2) as f32,
            root: step.correction2.sqrt() as f32,
            eps: step.eps as f32,
            keep: (1.0 - step.decay) as f32,
            rate: (step.learning_rate / step.correction1) as f32,
        }
    }
}

/// The next weights, mean and mean square. All `[numbers]`, none with a graph.
pub fn adamw_step(
    weights: Tensor<1>,
    gradient: Tensor<1>,
    mean: Tensor<1>,
    square: Tensor<1>,
    step: AdamWStep,
) -> [Tensor<1>; 3] {
    let [weights, gradient, mean, square] =
        [weights, gradient, mean, square].map(|tensor| tensor.inner().into_dispatch());
    let (weights, mean, square) = Dispatch::adamw_step(weights, gradient, mean, square, step);
    [weights, mean, square].map(Tensor::from_dispatch)
}

/// The step as an operation of the backends.
#[backend_extension(Cube, Flex)]
pub trait AdamWOps: Backend {
    /// See [`adamw_step`].
    fn adamw_step(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: AdamWStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

#[cfg(test)]
mod tests;

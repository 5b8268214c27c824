//! RMS norm, alone and fused with the addition of a residual.
//!
//! burn takes six operations forward and about twelve backward; here each is one pass over the
//! hidden states. With the residual, the gradients that reach the sum directly and through the
//! norm are added in the same pass.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;
use burn_cubecl::CubeBackend;

mod flex;
mod graph;
mod launch;
mod plain;
mod wgsl;

/// `x / √(mean x² + ε) · weight` over the last dimension (Zhang and Sennrich 2019). `weight` is
/// `[width]`; shape kept.
pub fn rms_norm<const D: usize>(x: Tensor<D>, weight: Tensor<1>, eps: f64) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::rms_norm(x.into_dispatch(), weight.into_dispatch(), eps))
}

/// `residual + update`, and its RMS norm. Shapes kept.
pub fn add_rms_norm<const D: usize>(
    residual: Tensor<D>,
    update: Tensor<D>,
    weight: Tensor<1>,
    eps: f64,
) -> (Tensor<D>, Tensor<D>) {
    let (sum, normed) = Dispatch::add_rms_norm(
        residual.into_dispatch(),
        update.into_dispatch(),
        weight.into_dispatch(),
        eps,
    );
    (Tensor::from_dispatch(sum), Tensor::from_dispatch(normed))
}

/// Both as operations of the backends.
#[backend_extension(Cube, Flex, Autodiff)]
pub trait RmsNormOps: Backend {
    /// See [`rms_norm`].
    fn rms_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, eps: f64) -> FloatTensor<Self>;

    /// See [`add_rms_norm`].
    fn add_rms_norm(
        residual: FloatTensor<Self>,
        update: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// What a backend computes itself, without a graph.
pub trait RmsNormKernels: Backend {
    /// `x`, with `update` added where there is one, and its norm.
    fn norm_forward(
        x: FloatTensor<Self>,
        update: Option<FloatTensor<Self>>,
        weight: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The gradients of what was normed, `x`, and where asked for of `weight`. `direct` is the
    /// gradient that reaches `x` past the norm.
    fn norm_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        direct: Option<FloatTensor<Self>>,
        eps: f64,
        weight_too: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>);
}

impl RmsNormOps for Flex {
    fn rms_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, eps: f64) -> FloatTensor<Self> {
        Self::norm_forward(x, None, weight, eps).1
    }

    fn add_rms_norm(
        residual: FloatTensor<Self>,
        update: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        Self::norm_forward(residual, Some(update), weight, eps)
    }
}

impl RmsNormOps for CubeBackend {
    fn rms_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, eps: f64) -> FloatTensor<Self> {
        Self::norm_forward(x, None, weight, eps).1
    }

    fn add_rms_norm(
        residual: FloatTensor<Self>,
        update: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        Self::norm_forward(residual, Some(update), weight, eps)
    }
}

#[cfg(test)]
mod tests;

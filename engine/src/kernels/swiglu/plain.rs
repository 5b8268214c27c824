//! The product by a backend's own operations, for what the kernels don't take.

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;

/// See [`super::SwigluKernels::swiglu_forward`].
pub fn forward<B: Backend>(gate: FloatTensor<B>, up: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mul(B::float_mul(gate.clone(), B::sigmoid(gate)), up)
}

/// See [`super::SwigluKernels::swiglu_backward`]. With `s = σ(gate)`,
/// `∂silu = s + silu − s · silu`.
pub fn backward<B: Backend>(
    gate: FloatTensor<B>,
    up: FloatTensor<B>,
    grad: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let s = B::sigmoid(gate.clone());
    let silu = B::float_mul(gate, s.clone());
    let slope = B::float_sub(B::float_add(s.clone(), silu.clone()), B::float_mul(s, silu.clone()));
    let grad_gate = B::float_mul(B::float_mul(grad.clone(), up), slope);
    (grad_gate, B::float_mul(grad, silu))
}

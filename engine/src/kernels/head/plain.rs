//! The gradient by a backend's own operations, for what the kernels don't take.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{IndexingUpdateOp, Shape, Slice};

/// See [`super::HeadKernels::logit_gradient`].
pub fn logit_gradient<B: Backend>(
    probabilities: FloatTensor<B>,
    ids: IntTensor<B>,
    grad: FloatTensor<B>,
) -> FloatTensor<B> {
    let tokens = probabilities.shape()[0];
    let g = B::float_slice(grad, &[Slice::from(0..tokens), Slice::from(0..1)]);
    let ids = B::int_reshape(ids, Shape::from([tokens, 1]));
    let expected = B::float_neg(B::float_mul(probabilities, g.clone()));
    B::float_scatter(1, expected, ids, g, IndexingUpdateOp::Add)
}

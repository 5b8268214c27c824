//! The step by a backend's own operations, for what the kernels don't take.

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;

use super::Constants;

/// See [`super::adamw_step`].
pub fn step<B: Backend>(
    weights: FloatTensor<B>,
    gradient: FloatTensor<B>,
    mean: FloatTensor<B>,
    square: FloatTensor<B>,
    with: Constants,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let times = |tensor: FloatTensor<B>, factor: f32| B::float_mul_scalar(tensor, factor.into());
    let gradient = times(gradient, with.scale);
    let mean = B::float_add(times(mean, with.beta1), times(gradient.clone(), with.rest1));
    let gradient2 = B::float_mul(gradient.clone(), gradient);
    let square = B::float_add(times(square, with.beta2), times(gradient2, with.rest2));
    let root = B::float_div_scalar(B::float_sqrt(square.clone()), with.root.into());
    let root = B::float_add_scalar(root, with.eps.into());
    let update = times(B::float_div(mean.clone(), root), with.rate);
    (B::float_sub(times(weights, with.keep), update), mean, square)
}

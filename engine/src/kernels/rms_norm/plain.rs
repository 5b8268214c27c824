//! The norm by a backend's own operations, for what the kernels don't take.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::Shape;

/// See [`super::RmsNormKernels::norm_forward`].
pub fn forward<B: Backend>(
    x: FloatTensor<B>,
    update: Option<FloatTensor<B>>,
    weight: FloatTensor<B>,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let x = sum::<B>(x, update);
    let weight = as_rows::<B>(weight, x.rank());
    let scaled = B::float_div(x.clone(), root::<B>(x.clone(), eps));
    (x, B::float_mul(scaled, weight))
}

/// See [`super::RmsNormKernels::norm_backward`]. With `r = 1 / √(mean x² + ε)` and `gw` the
/// gradient times the weight, `r gw − x r³ mean(gw x)`.
pub fn backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
    direct: Option<FloatTensor<B>>,
    eps: f64,
    weight_too: bool,
) -> (FloatTensor<B>, Option<FloatTensor<B>>) {
    let width = weight.shape().num_elements();
    let tokens = x.shape().num_elements() / width;
    let last = x.rank() - 1;
    let root = root::<B>(x.clone(), eps);
    let scaled = B::float_div(x, root.clone());
    let weighted = B::float_mul(grad.clone(), as_rows::<B>(weight, last + 1));
    let along = B::float_mean_dim(B::float_mul(weighted.clone(), scaled.clone()), last);
    let across = B::float_sub(weighted, B::float_mul(scaled.clone(), along));
    let through = B::float_div(across, root);
    let grad_x = sum::<B>(through, direct);
    let grad_weight = weight_too.then(|| {
        let products = B::float_mul(grad, scaled);
        sum_tokens::<B>(B::float_reshape(products, Shape::from([tokens, width])))
    });
    (grad_x, grad_weight)
}

/// `x`, with the other added where there is one.
pub fn sum<B: Backend>(x: FloatTensor<B>, other: Option<FloatTensor<B>>) -> FloatTensor<B> {
    match other {
        Some(other) => B::float_add(x, other),
        None => x,
    }
}

/// From `[tokens, width]` to `[width]`.
pub fn sum_tokens<B: Backend>(products: FloatTensor<B>) -> FloatTensor<B> {
    let width = products.shape()[1];
    B::float_reshape(B::float_sum_dim(products, 0), Shape::from([width]))
}

/// `√(mean x² + ε)` over the last dimension, which becomes 1.
fn root<B: Backend>(x: FloatTensor<B>, eps: f64) -> FloatTensor<B> {
    let last = x.rank() - 1;
    let squares = B::float_mul(x.clone(), x);
    B::float_sqrt(B::float_add_scalar(B::float_mean_dim(squares, last), eps.into()))
}

/// A vector with as many dimensions as what it is multiplied with.
fn as_rows<B: Backend>(weight: FloatTensor<B>, rank: usize) -> FloatTensor<B> {
    let mut shape = vec![1; rank];
    shape[rank - 1] = weight.shape().num_elements();
    B::float_reshape(weight, Shape::from(shape))
}

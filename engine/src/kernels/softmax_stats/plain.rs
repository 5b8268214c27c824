//! The softmax by a backend's own operations, for what the kernels don't take.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::Shape;

/// See [`super::softmax_stats`].
pub fn softmax<B: Backend>(
    logits: FloatTensor<B>,
    ids: IntTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let tokens = logits.shape()[0];
    let ids = B::int_reshape(ids, Shape::from([tokens, 1]));
    let mean_logit = B::float_mean_dim(logits.clone(), 1);
    let largest = B::float_max_dim(logits.clone(), 1);
    let shifted = B::float_sub(logits, largest);
    let exponentials = B::float_exp(shifted.clone());
    let sum = B::float_sum_dim(exponentials.clone(), 1);
    let probabilities = B::float_div(exponentials, sum.clone());
    let log_sum = B::float_log(sum);
    let picked = B::float_gather(1, shifted.clone(), ids);
    let expected = B::float_sum_dim(B::float_mul(probabilities.clone(), shifted), 1);
    // The sign is 0 where the picked logit is the largest, else −1.
    let correct = B::float_add_scalar(B::float_sign(picked.clone()), 1.0.into());
    let squares = B::float_mul(probabilities.clone(), probabilities.clone());
    let agreement = B::float_log(B::float_sum_dim(squares, 1));
    let logps = B::float_sub(picked, log_sum.clone());
    let entropy = B::float_sub(log_sum, expected);
    let stats = B::float_cat(vec![logps, entropy, correct, mean_logit, agreement], 1);
    (probabilities, stats)
}

//! Softmax over the vocabulary, with all that a metric or a loss without a graph reads of it.
//!
//! Composed, these are ten passes over `[tokens, vocab]`; here they are two: one for the largest
//! logit and the sums, rescaled when a larger logit comes (Milakov and Gimelshein 2018), and one
//! for the probabilities.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{Int, Tensor};

mod flex;
mod launch;
mod plain;

/// Columns of [`SoftmaxStats::stats`].
pub const COLUMNS: usize = 5;

/// What a softmax gives, without a graph.
#[derive(Clone, Debug)]
pub struct SoftmaxStats {
    /// `[tokens, vocab]`
    pub probabilities: Tensor<2>,
    /// Of each token: the log-probability of its id; the entropy, nats; 1 where no logit is larger
    /// than its id's, else 0; the mean logit; `log Σ_v p_v²`. `[tokens, 5]`
    pub stats: Tensor<2>,
}

/// `logits` is `[tokens, vocab]`, `ids` `[tokens]`, each below vocab.
pub fn softmax_stats(logits: Tensor<2>, ids: Tensor<1, Int>) -> SoftmaxStats {
    let (logits, ids) = (logits.inner().into_dispatch(), ids.inner().into_dispatch());
    let (probabilities, stats) = Dispatch::softmax_stats(logits, ids);
    SoftmaxStats {
        probabilities: Tensor::from_dispatch(probabilities),
        stats: Tensor::from_dispatch(stats),
    }
}

/// The softmax as an operation of the backends.
#[backend_extension(Cube, Flex)]
pub trait SoftmaxStatsOps: Backend {
    /// See [`softmax_stats`].
    fn softmax_stats(
        logits: FloatTensor<Self>,
        ids: IntTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

#[cfg(test)]
mod tests;

//! A head that trains: log-probabilities as one operation with its own backward pass.
//!
//! burn's log-softmax and gather keep several `[tokens, vocab]` matrices for the backward pass and
//! read each again there. Of a token with the id `y`, all that they say is
//!
//! ```text
//! d log p(y) / d logits  =  onehot(y) − p,
//! ```
//!
//! so the probabilities alone are enough: kept where there is room, and otherwise computed again.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Int, Tensor};
use burn_cubecl::CubeBackend;

use crate::kernels::matmul::{Layout, MatmulOps};
use crate::kernels::softmax_stats::{COLUMNS, SoftmaxStatsOps};

mod flex;
mod launch;
mod plain;

/// The columns of [`SoftmaxStats::stats`] for the logits `hidden Wᵀ`. `hidden` is
/// `[tokens, width]`, `weight` `[vocab, width]`, `ids` `[tokens]`, each below vocab; gives
/// `[tokens, 5]`.
///
/// Only the first column, the log-probabilities, has a gradient: read the others without a graph.
/// `keep` holds `[tokens, vocab]` probabilities until the backward pass, which otherwise computes
/// them again.
///
/// [`SoftmaxStats::stats`]: crate::kernels::softmax_stats::SoftmaxStats::stats
pub fn head_logps(
    hidden: Tensor<2>,
    weight: Tensor<2>,
    ids: Tensor<1, Int>,
    keep: bool,
) -> Tensor<2> {
    let (hidden, weight) = (hidden.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(Dispatch::head_logps(hidden, weight, ids.into_dispatch(), keep))
}

/// The head as an operation of the backends.
#[backend_extension(Cube, Flex, Autodiff)]
pub trait HeadOps: Backend {
    /// See [`head_logps`].
    fn head_logps(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        keep: bool,
    ) -> FloatTensor<Self>;
}

/// What a backend computes itself, without a graph.
pub trait HeadKernels: MatmulOps + SoftmaxStatsOps {
    /// The gradient of the logits, `g (onehot(id) − p)`, in the place of `probabilities` where
    /// nothing else holds them. `probabilities` is `[tokens, vocab]`, `ids` `[tokens]`; `grad` is
    /// that of the columns, `[tokens, 5]`, of which the first is g.
    fn logit_gradient(
        probabilities: FloatTensor<Self>,
        ids: IntTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// Probabilities, `[tokens, vocab]`, and columns, `[tokens, 5]`.
fn softmax<B: HeadKernels>(
    hidden: FloatTensor<B>,
    weight: FloatTensor<B>,
    ids: IntTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    B::softmax_stats(B::layout_matmul(hidden, weight, Layout::RightTransposed), ids)
}

impl HeadOps for Flex {
    fn head_logps(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        _keep: bool,
    ) -> FloatTensor<Self> {
        softmax::<Self>(hidden, weight, ids).1
    }
}

impl HeadOps for CubeBackend {
    fn head_logps(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        _keep: bool,
    ) -> FloatTensor<Self> {
        softmax::<Self>(hidden, weight, ids).1
    }
}

impl<B: HeadKernels, C: CheckpointStrategy> HeadOps for Autodiff<B, C> {
    fn head_logps(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        keep: bool,
    ) -> FloatTensor<Self> {
        let (probabilities, stats) =
            softmax::<B>(hidden.primitive().clone(), weight.primitive().clone(), ids.clone());
        let prep = Backward::<B, 2>::prepare::<C>(HeadBackward, [hidden.node(), weight.node()]);
        match prep.compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let inputs = [&hidden, &weight].map(|tensor| prep.checkpoint(tensor));
                let probabilities = keep.then_some(probabilities);
                prep.finish(Saved { inputs, ids, probabilities }, stats)
            }
            OpsKind::UnTracked(prep) => prep.finish(stats),
        }
    }
}

/// What the backward pass needs.
#[derive(Clone, Debug)]
struct Saved<B: Backend> {
    /// Hidden states and weight.
    inputs: [NodeId; 2],
    /// `[tokens]`
    ids: IntTensor<B>,
    /// `[tokens, vocab]`, where they were kept.
    probabilities: Option<FloatTensor<B>>,
}

#[derive(Debug)]
struct HeadBackward;

impl<B: HeadKernels> Backward<B, 2> for HeadBackward {
    type State = Saved<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [node_hidden, node_weight] = ops.parents;
        let Saved { inputs, ids, probabilities } = ops.state;
        let grad = grads.consume::<B>(&ops.node);
        let [hidden, weight] =
            inputs.map(|id| checkpointer.retrieve_node_output::<FloatTensor<B>>(id));
        let again = || softmax::<B>(hidden.clone(), weight.clone(), ids.clone()).0;
        let probabilities = probabilities.unwrap_or_else(again);
        let grad = B::logit_gradient(probabilities, ids, grad);
        if let Some(node) = node_hidden {
            grads.register::<B>(node.id, B::layout_matmul(grad.clone(), weight, Layout::Plain));
        }
        if let Some(node) = node_weight {
            grads.register::<B>(node.id, B::layout_matmul(grad, hidden, Layout::LeftTransposed));
        }
    }
}

#[cfg(test)]
mod tests;

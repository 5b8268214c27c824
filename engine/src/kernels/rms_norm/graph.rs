//! The norm in autodiff's graph.
//!
//! A node of the graph has one output, so the fused addition takes three: a pair that does all
//! the work of the backward pass, and a child for each output. A child's backward pass leaves its
//! gradient in a place that the pair's, which runs after both, looks into; so it knows of both,
//! or of the only one that was used.

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, Backend};

use super::{RmsNormKernels, RmsNormOps};

/// The gradients of the sum and of its norm, as far as they came.
type Outputs<B> = Arc<Mutex<[Option<FloatTensor<B>>; 2]>>;

const SUM: usize = 0;
const NORMED: usize = 1;

impl<B: RmsNormKernels, C: CheckpointStrategy> RmsNormOps for Autodiff<B, C> {
    fn rms_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, eps: f64) -> FloatTensor<Self> {
        let (_, normed) =
            B::norm_forward(x.primitive().clone(), None, weight.primitive().clone(), eps);
        let prep = Backward::<B, 2>::prepare::<C>(NormBackward, [x.node(), weight.node()]);
        match prep.compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let state = (prep.checkpoint(&x), prep.checkpoint(&weight), eps);
                prep.finish(state, normed)
            }
            OpsKind::UnTracked(prep) => prep.finish(normed),
        }
    }

    fn add_rms_norm(
        residual: FloatTensor<Self>,
        update: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (sum, normed) = B::norm_forward(
            residual.primitive().clone(),
            Some(update.primitive().clone()),
            weight.primitive().clone(),
            eps,
        );
        let outputs = Outputs::<B>::default();
        let nodes = [residual.node(), update.node(), weight.node()];
        let prep = Backward::<B, 3>::prepare::<C>(PairBackward, nodes);
        let pair = match prep.compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let state = (sum.clone(), prep.checkpoint(&weight), eps, outputs.clone());
                prep.finish(state, sum.clone())
            }
            OpsKind::UnTracked(_) => {
                let leaf = <Self as AutodiffBackend>::from_inner;
                return (leaf(sum), leaf(normed));
            }
        };
        let child = |which: usize, value: FloatTensor<B>| {
            let prep = Backward::<B, 1>::prepare::<C>(OutputBackward, [pair.node()]);
            match prep.compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish((which, outputs.clone()), value),
                OpsKind::UnTracked(prep) => prep.finish(value),
            }
        };
        (child(SUM, sum), child(NORMED, normed))
    }
}

#[derive(Debug)]
struct NormBackward;

impl<B: RmsNormKernels> Backward<B, 2> for NormBackward {
    type State = (NodeId, NodeId, f64);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [node_x, node_weight] = ops.parents;
        let (x, weight, eps) = ops.state;
        let grad = grads.consume::<B>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(weight);
        let (grad_x, grad_weight) =
            B::norm_backward(x, weight, grad, None, eps, node_weight.is_some());
        if let Some(node) = node_x {
            grads.register::<B>(node.id, grad_x);
        }
        if let (Some(node), Some(grad)) = (node_weight, grad_weight) {
            grads.register::<B>(node.id, grad);
        }
    }
}

#[derive(Debug)]
struct OutputBackward;

impl<B: Backend> Backward<B, 1> for OutputBackward {
    type State = (usize, Outputs<B>);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let (which, outputs) = ops.state;
        outputs.lock().unwrap_or_else(PoisonError::into_inner)[which] = Some(grad);
    }
}

#[derive(Debug)]
struct PairBackward;

impl<B: RmsNormKernels> Backward<B, 3> for PairBackward {
    type State = (FloatTensor<B>, NodeId, f64, Outputs<B>);

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [node_residual, node_update, node_weight] = ops.parents;
        let (sum, weight, eps, outputs) = ops.state;
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(weight);
        let [direct, through] =
            std::mem::take(&mut *outputs.lock().unwrap_or_else(PoisonError::into_inner));
        let (grad, grad_weight) = match (through, direct) {
            (Some(through), direct) => {
                let (grad, grad_weight) =
                    B::norm_backward(sum, weight, through, direct, eps, node_weight.is_some());
                (Some(grad), grad_weight)
            }
            (None, direct) => (direct, None),
        };
        for node in [node_residual, node_update].into_iter().flatten() {
            if let Some(grad) = grad.clone() {
                grads.register::<B>(node.id, grad);
            }
        }
        if let (Some(node), Some(grad)) = (node_weight, grad_weight) {
            grads.register::<B>(node.id, grad);
        }
    }
}

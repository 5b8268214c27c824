//! The matrix products that the model's layers go through.
//!
//! burn's own product stages tiles through workgroup memory, which software adapters emulate at a
//! tenth of the speed of plain registers, and is a quarter of the engine's wasm. On a GPU ours is
//! one of two WGSL kernels where sizes are multiples of four: blocks in registers alone
//! (`matmul/wgsl.rs`), or tiles in workgroup memory (`matmul/tiles.rs`). Which, is measured when a
//! device is opened (`matmul/measure.rs`); other sizes have a third (`matmul/numbers.rs`). On the
//! CPU, the `gemm` crate does the work (`matmul/flex.rs`). Layouts are part of the kernels, so no operand is ever transposed in
//! memory, forward or backward.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

mod choice;
mod flex;
mod launch;
mod measure;
#[cfg(not(target_arch = "wasm32"))]
mod narrow;
mod numbers;
mod tiles;
mod wgsl;

pub use choice::{Choice, Variant};
pub use launch::by;
pub use measure::{choose, chosen};

/// Which operand lies transposed in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layout {
    /// `a b`: `[m, k]`, `[k, n]`
    Plain,
    /// `a bᵀ`: `[m, k]`, `[n, k]`
    RightTransposed,
    /// `aᵀ b`: `[k, m]`, `[k, n]`
    LeftTransposed,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::RightTransposed, Self::LeftTransposed];

    /// How a batch of `[m, k]` and `[k, n]` lies in memory.
    pub fn shapes(self, [batch, m, k, n]: [usize; 4]) -> [[usize; 3]; 2] {
        match self {
            Self::Plain => [[batch, m, k], [batch, k, n]],
            Self::RightTransposed => [[batch, m, k], [batch, n, k]],
            Self::LeftTransposed => [[batch, k, m], [batch, k, n]],
        }
    }
}

/// `x Wᵀ`: `x` is `[tokens, in]`, `weight` `[out, in]`; gives `[tokens, out]`.
pub fn linear(x: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
    matmul(x, weight, Layout::RightTransposed)
}

/// `a b`: `[m, k]` and `[k, n]`; gives `[m, n]`.
pub fn product(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    matmul(a, b, Layout::Plain)
}

/// A product in a layout, with its gradient; of matrices, or of as many pairs of them as all
/// dimensions but the last two say, which both have alike.
pub fn matmul<const D: usize>(a: Tensor<D>, b: Tensor<D>, layout: Layout) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::layout_matmul(a.into_dispatch(), b.into_dispatch(), layout))
}

/// The product as an operation of the backends.
#[backend_extension(Cube, Flex, Autodiff)]
pub trait MatmulOps: Backend {
    /// See [`matmul`].
    fn layout_matmul(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        layout: Layout,
    ) -> FloatTensor<Self>;
}

impl MatmulOps for burn::backend::Flex {
    fn layout_matmul(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        layout: Layout,
    ) -> FloatTensor<Self> {
        #[cfg(not(target_arch = "wasm32"))]
        if layout == Layout::RightTransposed
            && let Some(product) = narrow::linear(&a, &b)
        {
            return product;
        }
        if let Some(product) = flex::product(&a, &b, layout) {
            return product;
        }
        match layout {
            Layout::Plain => Self::float_matmul(a, b),
            Layout::RightTransposed => Self::float_matmul(a, Self::float_transpose(b)),
            Layout::LeftTransposed => Self::float_matmul(Self::float_transpose(a), b),
        }
    }
}

impl<B: MatmulOps, C: CheckpointStrategy> MatmulOps for Autodiff<B, C> {
    fn layout_matmul(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        layout: Layout,
    ) -> FloatTensor<Self> {
        let tracked = [a.is_tracked(), b.is_tracked()];
        match MatmulBackward.prepare::<C>([a.node(), b.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                // Each side's gradient needs the other side only.
                let state_a = tracked[1].then(|| prep.checkpoint(&a));
                let state_b = tracked[0].then(|| prep.checkpoint(&b));
                let out = B::layout_matmul(a.primitive().clone(), b.primitive().clone(), layout);
                prep.finish((state_a, state_b, layout), out)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::layout_matmul(a.primitive().clone(), b.primitive().clone(), layout))
            }
        }
    }
}

#[derive(Debug)]
struct MatmulBackward;

impl<B: MatmulOps> Backward<B, 2> for MatmulBackward {
    type State = (Option<NodeId>, Option<NodeId>, Layout);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [node_a, node_b] = ops.parents;
        let (state_a, state_b, layout) = ops.state;
        let grad = grads.consume::<B>(&ops.node);
        let a = state_a.map(|id| checkpointer.retrieve_node_output::<FloatTensor<B>>(id));
        let b = state_b.map(|id| checkpointer.retrieve_node_output::<FloatTensor<B>>(id));
        if let (Some(node), Some(b)) = (node_a, b) {
            let g = grad.clone();
            let grad_a = match layout {
                Layout::Plain => B::layout_matmul(g, b, Layout::RightTransposed),
                Layout::RightTransposed => B::layout_matmul(g, b, Layout::Plain),
                Layout::LeftTransposed => B::layout_matmul(b, g, Layout::RightTransposed),
            };
            grads.register::<B>(node.id, grad_a);
        }
        if let (Some(node), Some(a)) = (node_b, a) {
            let grad_b = match layout {
                Layout::Plain => B::layout_matmul(a, grad, Layout::LeftTransposed),
                Layout::RightTransposed => B::layout_matmul(grad, a, Layout::LeftTransposed),
                Layout::LeftTransposed => B::layout_matmul(a, grad, Layout::Plain),
            };
            grads.register::<B>(node.id, grad_b);
        }
    }
}

#[cfg(test)]
mod tests;

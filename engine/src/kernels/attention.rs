//! Causal attention as one operation, forward and backward.
//!
//! burn's own operations keep the probabilities of every layer for the backward pass, `time` times
//! `time` for each head, and pass over them a dozen times. Here only the output and each query's
//! log-sum-exp are kept, and the backward pass computes the probabilities again (FlashAttention-2,
//! Dao 2023). On a GPU, where the heads fit, it is two and three WGSL kernels (`attention/*.wgsl`);
//! elsewhere, and on the CPU, blocks of the backend's own products (`attention/plain.rs`).
//!
//! Rows are padded on the right, where the causal mask hides the padding by itself; some may fork
//! into two completions of one prompt, of which neither sees the other.

use std::ops::Range;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

use crate::data::batch::Fork;
use crate::kernels::matmul::MatmulOps;

mod flex;
mod launch;
mod plain;
mod wgsl;

pub(crate) use plain::BLOCK as QUERIES_AT_ONCE;

/// Each query's mix of the values that it sees, weighted by softmax(q·k / √width).
///
/// `q` is `[rows, time, heads, width]`, `k` and `v` are `[rows, time, kv_heads, width]`, where
/// `kv_heads` divides `heads`; gives `[rows, time, heads, width]`. `rotary` turns queries and keys
/// first, see [`rotary_table`].
pub fn attention(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    rotary: Option<Tensor<2>>,
    sight: Sight,
) -> Tensor<4> {
    let ([rows, time, heads, width], [_, _, kv_heads, _]) = (q.dims(), k.dims());
    assert!(heads.is_multiple_of(kv_heads), "{kv_heads} key heads for {heads} heads");
    assert_eq!(k.dims(), [rows, time, kv_heads, width], "keys for queries of {:?}", q.dims());
    assert_eq!(k.dims(), v.dims(), "as many values as keys");
    assert!([0, rows].contains(&sight.forks.len()), "as many forks as rows, or none");
    let options = Options { rotary: rotary.is_some(), sight };
    let q = q.into_dispatch();
    // The operation takes a table in any case.
    let table = rotary.map_or_else(|| q.clone(), Tensor::into_dispatch);
    let mixed = Dispatch::causal_attention(q, k.into_dispatch(), v.into_dispatch(), table, options);
    Tensor::from_dispatch(mixed)
}

/// Which keys a query sees, besides that none lies after it.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// How many positions, its own included; all where there is none.
    pub window: Option<usize>,
    /// Each row's fork, or empty where none forks.
    pub forks: Vec<Fork>,
}

impl Sight {
    /// What a query of a row sees, in two runs.
    fn seen(&self, row: usize, query: usize) -> [Range<usize>; 2] {
        match self.forks.get(row) {
            Some(fork) if query >= fork.second => {
                let oldest = self.oldest(fork.position(query));
                let own = fork.second + oldest.saturating_sub(fork.prompt);
                [oldest.min(fork.prompt)..fork.prompt, own..query + 1]
            }
            _ => [self.oldest(query)..query + 1, query + 1..query + 1],
        }
    }

    /// The first position seen from another.
    fn oldest(&self, position: usize) -> usize {
        self.window.map_or(0, |window| (position + 1).saturating_sub(window))
    }
}

/// What [`attention`] reads of rotary positions: cosines, then sines, `[time, width]`. Both are
/// `[time, width / 2]`, of each position, for the two halves of a head as Llama's checkpoints have
/// them.
pub fn rotary_table(cos: Tensor<2>, sin: Tensor<2>) -> Tensor<2> {
    Tensor::cat(vec![cos, sin], 1)
}

/// How [`attention`] attends.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the table counts.
    pub rotary: bool,
    /// Which keys a query sees.
    pub sight: Sight,
}

/// The operation as the backends' own.
#[backend_extension(Cube, Flex, Autodiff)]
pub trait AttentionOps: Backend {
    /// See [`attention`]; without rotary positions, `table` is any tensor.
    fn causal_attention(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        table: FloatTensor<Self>,
        options: Options,
    ) -> FloatTensor<Self>;
}

/// Both passes, on backends that record no graph.
pub trait AttentionKernels: MatmulOps {
    /// The output, and what the backward pass needs besides.
    fn attention_forward(inputs: Inputs<Self>) -> Outputs<Self>;

    /// Gradients of queries, keys and values from the output's, `[rows, time, heads, width]`.
    fn attention_backward(
        inputs: Inputs<Self>,
        outputs: Outputs<Self>,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];

    /// Softmax of scores `[rows, heads, queries, keys]` over what each query sees, where the plain
    /// version runs.
    fn span_softmax(scores: FloatTensor<Self>, span: &Span, sight: &Sight) -> FloatTensor<Self> {
        plain::softmax::<Self>(scores, span, sight)
    }
}

/// Some queries, and keys among which are all that they see.
#[derive(Clone, Debug)]
pub struct Span {
    queries: Range<usize>,
    keys: Range<usize>,
}

/// What goes in.
#[derive(Clone, Debug)]
pub struct Inputs<B: Backend> {
    /// `[rows, time, heads, width]`
    pub q: FloatTensor<B>,
    /// `[rows, time, kv_heads, width]`
    pub k: FloatTensor<B>,
    /// `[rows, time, kv_heads, width]`
    pub v: FloatTensor<B>,
    /// See [`rotary_table`].
    pub table: Option<FloatTensor<B>>,
    /// Which keys a query sees.
    pub sight: Sight,
}

/// What comes out.
#[derive(Clone, Debug)]
pub struct Outputs<B: Backend> {
    /// `[rows, time, heads, width]`
    pub out: FloatTensor<B>,
    /// Each query's log-sum-exp, `[rows, time, heads]`, where the kernels ran.
    pub log_sums: Option<FloatTensor<B>>,
}

#[derive(Clone, Copy, Debug)]
struct Sizes {
    rows: usize,
    time: usize,
    heads: usize,
    kv_heads: usize,
    width: usize,
}

impl<B: Backend> Inputs<B> {
    fn sizes(&self) -> Sizes {
        let (q, k) = (self.q.shape(), self.k.shape());
        Sizes { rows: q[0], time: q[1], heads: q[2], kv_heads: k[2], width: q[3] }
    }
}

/// The forward pass alone.
fn untracked<B: AttentionKernels>(
    [q, k, v, table]: [FloatTensor<B>; 4],
    options: Options,
) -> FloatTensor<B> {
    let table = options.rotary.then_some(table);
    B::attention_forward(Inputs { q, k, v, table, sight: options.sight }).out
}

impl AttentionOps for burn::backend::Flex {
    fn causal_attention(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        table: FloatTensor<Self>,
        options: Options,
    ) -> FloatTensor<Self> {
        untracked::<Self>([q, k, v, table], options)
    }
}

impl AttentionOps for burn_cubecl::CubeBackend {
    fn causal_attention(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        table: FloatTensor<Self>,
        options: Options,
    ) -> FloatTensor<Self> {
        untracked::<Self>([q, k, v, table], options)
    }
}

impl<B: AttentionKernels, C: CheckpointStrategy> AttentionOps for Autodiff<B, C> {
    fn causal_attention(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        table: FloatTensor<Self>,
        options: Options,
    ) -> FloatTensor<Self> {
        let Options { rotary, sight } = options;
        let table = rotary.then(|| table.primitive().clone());
        let outputs = B::attention_forward(Inputs {
            q: q.primitive().clone(),
            k: k.primitive().clone(),
            v: v.primitive().clone(),
            table: table.clone(),
            sight: sight.clone(),
        });
        let nodes = [q.node(), k.node(), v.node()];
        match AttentionBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let inputs = [&q, &k, &v].map(|tensor| prep.checkpoint(tensor));
                let out = outputs.out.clone();
                prep.finish(Saved { inputs, table, sight, outputs }, out)
            }
            OpsKind::UnTracked(prep) => prep.finish(outputs.out),
        }
    }
}

/// What the backward pass needs.
#[derive(Clone, Debug)]
struct Saved<B: Backend> {
    inputs: [NodeId; 3],
    table: Option<FloatTensor<B>>,
    sight: Sight,
    outputs: Outputs<B>,
}

#[derive(Debug)]
struct AttentionBackward;

impl<B: AttentionKernels> Backward<B, 3> for AttentionBackward {
    type State = Saved<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let nodes = ops.parents;
        let Saved { inputs, table, sight, outputs } = ops.state;
        let grad = grads.consume::<B>(&ops.node);
        let [q, k, v] = inputs.map(|id| checkpointer.retrieve_node_output::<FloatTensor<B>>(id));
        let inputs = Inputs { q, k, v, table, sight };
        let found = B::attention_backward(inputs, outputs, grad);
        for (node, grad) in nodes.into_iter().zip(found) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

#[cfg(test)]
mod tests;

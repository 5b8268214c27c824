//! The plain version, by a backend's own operations: what the CPU runs, and a GPU where the
//! kernels don't fit.
//!
//! Queries are taken in blocks, each against the keys up to its last query, so that half of the
//! scores are never computed and few are held at once. The query heads that share a key head lie
//! one after another along a block, so keys are never repeated.

use std::ops::Range;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice, TensorData};

use super::{AttentionKernels, Inputs, Sight, Sizes, Span};
use crate::kernels::matmul::{Layout, MatmulOps};

/// Queries of a block.
pub const BLOCK: usize = 64;

// Far below any score, and finite.
const HIDDEN: f32 = -1e9;

/// The inputs as the products need them.
struct Laid<B: Backend> {
    sizes: Sizes,
    sight: Sight,
    /// Rotated and scaled, `[rows, kv_heads, groups, time, width]`.
    queries: FloatTensor<B>,
    /// Rotated, `[rows, kv_heads, time, width]`.
    keys: FloatTensor<B>,
    /// `[rows, kv_heads, time, width]`
    values: FloatTensor<B>,
}

/// One block of queries with the keys that they see.
struct Block<B: Backend> {
    /// `[rows, kv_heads, groups · block, width]`
    queries: FloatTensor<B>,
    /// `[rows, kv_heads, keys, width]`
    keys: FloatTensor<B>,
    /// `[rows, kv_heads, keys, width]`
    values: FloatTensor<B>,
    /// `[rows, kv_heads, groups · block, keys]`
    probabilities: FloatTensor<B>,
}

/// The output, `[rows, time, heads, width]`.
pub fn forward<B: AttentionKernels>(inputs: Inputs<B>) -> FloatTensor<B> {
    let laid = Laid::new(inputs);
    let mixed = laid.spans().map(|span| {
        let block = laid.block(&span);
        let mixed = B::layout_matmul(block.probabilities, block.values, Layout::Plain);
        laid.sizes.unblock::<B>(mixed, span.queries.len())
    });
    B::float_cat(mixed.collect(), 1)
}

/// Gradients of queries, keys and values, shaped as they are. `out` and `grad` are the output and
/// its gradient, `[rows, time, heads, width]`.
pub fn backward<B: AttentionKernels>(
    inputs: Inputs<B>,
    out: FloatTensor<B>,
    grad: FloatTensor<B>,
) -> [FloatTensor<B>; 3] {
    let table = inputs.table.clone();
    let laid = Laid::new(inputs);
    let sizes = laid.sizes;
    let [out, grad] = [out, grad].map(|x| sizes.grouped::<B>(x));
    let (mut queries, mut keys, mut values) = (Vec::new(), None, None);
    // From the last, which mostly sees all keys.
    for span in laid.spans().rev() {
        let [out, grad] = [&out, &grad].map(|x| sizes.slice::<B>(x, span.queries.clone()));
        let [of_queries, of_keys, of_values] = laid.block(&span).backward(out, grad);
        queries.push(sizes.unblock::<B>(of_queries, span.queries.len()));
        keys = Some(sizes.add::<B>(keys, of_keys, span.keys.clone()));
        values = Some(sizes.add::<B>(values, of_values, span.keys));
    }
    queries.reverse();
    // They were scaled.
    let queries = B::float_mul_scalar(B::float_cat(queries, 1), sizes.scale().into());
    let [keys, values] = [keys, values].map(|x| {
        let x = x.expect("there is at least one block");
        B::float_swap_dims(x, 1, 2)
    });
    match table {
        Some(table) => {
            let angles = angles::<B>(&table, &laid.sight, sizes);
            [turn_back::<B>(queries, angles.clone()), turn_back::<B>(keys, angles), values]
        }
        None => [queries, keys, values],
    }
}

/// Of scores `[rows, heads, queries, keys]`, over what each query sees.
pub fn softmax<B: Backend>(scores: FloatTensor<B>, span: &Span, sight: &Sight) -> FloatTensor<B> {
    let (rows, queries, keys) = (sight.forks.len().max(1), span.queries.len(), span.keys.len());
    let mut hidden = vec![HIDDEN; rows * queries * keys];
    for (i, line) in hidden.chunks_mut(keys).enumerate() {
        for seen in sight.seen(i / queries, span.queries.start + i % queries) {
            line[span.inside(seen)].fill(0.0);
        }
    }
    let hidden = TensorData::new(hidden, [rows, 1, queries, keys]);
    let hidden = B::float_from_data(hidden, &scores.device());
    B::softmax(B::float_add(scores, hidden), 3)
}

impl<B: AttentionKernels> Laid<B> {
    fn new(inputs: Inputs<B>) -> Self {
        let sizes = inputs.sizes();
        let Inputs { q, k, v, table, sight } = inputs;
        let [q, k] = match &table {
            Some(table) => {
                let [cos, sin] = angles::<B>(table, &sight, sizes);
                [q, k].map(|x| turn::<B>(x, cos.clone(), sin.clone()))
            }
            None => [q, k],
        };
        let queries = sizes.grouped::<B>(B::float_mul_scalar(q, sizes.scale().into()));
        let [keys, values] = [k, v].map(|x| B::float_swap_dims(x, 1, 2));
        Self { sizes, sight, queries, keys, values }
    }

    /// The blocks. Where rows fork, each at another place, all earlier keys.
    fn spans(&self) -> impl DoubleEndedIterator<Item = Span> {
        let time = self.sizes.time;
        (0..time).step_by(BLOCK).map(move |first| {
            let queries = first..(first + BLOCK).min(time);
            let oldest = if self.sight.forks.is_empty() { self.sight.oldest(first) } else { 0 };
            Span { keys: oldest..queries.end, queries }
        })
    }

    fn block(&self, span: &Span) -> Block<B> {
        let queries = self.sizes.slice::<B>(&self.queries, span.queries.clone());
        let keys = narrow::<B>(&self.keys, 2, span.keys.clone());
        let values = narrow::<B>(&self.values, 2, span.keys.clone());
        let scores = B::layout_matmul(queries.clone(), keys.clone(), Layout::RightTransposed);
        let shape = scores.shape();
        let Sizes { rows, heads, .. } = self.sizes;
        let by_head = Shape::from([rows, heads, span.queries.len(), span.keys.len()]);
        let scores = B::float_reshape(scores, by_head);
        let probabilities = B::span_softmax(scores, span, &self.sight);
        let probabilities = B::float_reshape(probabilities, shape);
        Block { queries, keys, values, probabilities }
    }
}

impl Span {
    /// Where a run of keys lies among those of the span.
    pub fn inside(&self, keys: Range<usize>) -> Range<usize> {
        keys.start - self.keys.start..keys.end - self.keys.start
    }
}

impl<B: MatmulOps> Block<B> {
    /// dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)); dQ = dS K, dK = dSᵀ Q, dV = Pᵀ dO. `out` and `grad` are
    /// `[rows, kv_heads, groups · block, width]`, and so is dQ, of scaled queries; the others
    /// `[rows, kv_heads, keys, width]`.
    fn backward(self, out: FloatTensor<B>, grad: FloatTensor<B>) -> [FloatTensor<B>; 3] {
        let delta = B::float_sum_dim(B::float_mul(out, grad.clone()), 3);
        let weights = self.probabilities;
        let of_values = B::layout_matmul(weights.clone(), grad.clone(), Layout::LeftTransposed);
        let scores = B::layout_matmul(grad, self.values, Layout::RightTransposed);
        let scores = B::float_mul(B::float_sub(scores, delta), weights);
        let of_queries = B::layout_matmul(scores.clone(), self.keys, Layout::Plain);
        let of_keys = B::layout_matmul(scores, self.queries, Layout::LeftTransposed);
        [of_queries, of_keys, of_values]
    }
}

impl Sizes {
    fn scale(self) -> f64 {
        1.0 / (self.width as f64).sqrt()
    }

    /// `[rows, time, heads, width]` as `[rows, kv_heads, groups, time, width]`.
    fn grouped<B: Backend>(self, x: FloatTensor<B>) -> FloatTensor<B> {
        let Sizes { rows, time, heads, kv_heads, width } = self;
        let shape = [rows, time, kv_heads, heads / kv_heads, width];
        B::float_permute(B::float_reshape(x, Shape::from(shape)), &[0, 2, 3, 1, 4])
    }

    /// A block of what [`Sizes::grouped`] gives, `[rows, kv_heads, groups · block, width]`.
    fn slice<B: Backend>(self, x: &FloatTensor<B>, block: Range<usize>) -> FloatTensor<B> {
        let length = self.heads / self.kv_heads * block.len();
        let shape = [self.rows, self.kv_heads, length, self.width];
        B::float_reshape(narrow::<B>(x, 3, block), Shape::from(shape))
    }

    /// The other way: `[rows, block, heads, width]`.
    fn unblock<B: Backend>(self, x: FloatTensor<B>, length: usize) -> FloatTensor<B> {
        let Sizes { rows, heads, kv_heads, width, .. } = self;
        let shape = [rows, kv_heads, heads / kv_heads, length, width];
        let x = B::float_permute(B::float_reshape(x, Shape::from(shape)), &[0, 3, 1, 2, 4]);
        B::float_reshape(x, Shape::from([rows, length, heads, width]))
    }

    /// Adds a block's gradients of the keys (or values) in `span` to those of all keys.
    fn add<B: Backend>(
        self,
        all: Option<FloatTensor<B>>,
        part: FloatTensor<B>,
        span: Range<usize>,
    ) -> FloatTensor<B> {
        let whole = [self.rows, self.kv_heads, self.time, self.width];
        if span.len() == self.time && all.is_none() {
            return part;
        }
        let all = all.unwrap_or_else(|| {
            B::float_zeros(Shape::from(whole), &part.device(), part.dtype().into())
        });
        let sum = B::float_add(narrow::<B>(&all, 2, span.clone()), part);
        B::float_slice_assign(all, &along(&whole, 2, span), sum)
    }
}

/// Cosines and sines of a table, `[rows or 1, time, 1, width / 2]`.
fn angles<B: Backend>(
    table: &FloatTensor<B>,
    sight: &Sight,
    Sizes { time, width, .. }: Sizes,
) -> [FloatTensor<B>; 2] {
    let half = width / 2;
    let halves = [0..half, half..width].map(|columns| narrow::<B>(table, 1, columns));
    // What comes after a fork counts on from the prompt.
    let runs = sight
        .forks
        .iter()
        .flat_map(|fork| [0..fork.second, fork.prompt..fork.prompt + time - fork.second]);
    let runs: Vec<_> = runs.filter(|run| !run.is_empty()).collect();
    halves.map(|half_table| {
        let lines = if runs.is_empty() {
            half_table
        } else {
            let parts = runs.iter().map(|run| narrow::<B>(&half_table, 0, run.clone()));
            B::float_cat(parts.collect(), 0)
        };
        B::float_reshape(lines, Shape::from([sight.forks.len().max(1), time, 1, half]))
    })
}

/// The two halves of each head turned; `x` is `[rows, time, heads, width]`.
fn turn<B: Backend>(x: FloatTensor<B>, cos: FloatTensor<B>, sin: FloatTensor<B>) -> FloatTensor<B> {
    let half = x.shape()[3] / 2;
    let first = narrow::<B>(&x, 3, 0..half);
    let second = narrow::<B>(&x, 3, half..2 * half);
    let turned = B::float_sub(
        B::float_mul(first.clone(), cos.clone()),
        B::float_mul(second.clone(), sin.clone()),
    );
    let other = B::float_add(B::float_mul(second, cos), B::float_mul(first, sin));
    B::float_cat(vec![turned, other], 3)
}

/// The gradient of [`turn`]: the other way round.
fn turn_back<B: Backend>(x: FloatTensor<B>, [cos, sin]: [FloatTensor<B>; 2]) -> FloatTensor<B> {
    turn::<B>(x, cos, B::float_neg(sin))
}

/// A part of one dimension.
fn narrow<B: Backend>(x: &FloatTensor<B>, dim: usize, part: Range<usize>) -> FloatTensor<B> {
    let shape = x.shape();
    B::float_slice(x.clone(), &along(&shape, dim, part))
}

/// Slices of all dimensions, of which one is cut.
fn along(shape: &[usize], dim: usize, part: Range<usize>) -> Vec<Slice> {
    let whole = shape.iter().map(|&size| 0..size).enumerate();
    whole.map(|(i, all)| Slice::from(if i == dim { part.clone() } else { all })).collect()
}

//! What the CPU does otherwise than by burn's operations: the softmax of a block, which skips what
//! no query sees and has an exponential that vectorises.

use std::ops::Range;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};

use super::{AttentionKernels, Inputs, Outputs, Sight, Span, plain};
use crate::kernels::cpu::{self, LANES};
use crate::kernels::rows::{Rows, for_rows};

impl AttentionKernels for Flex {
    fn attention_forward(inputs: Inputs<Self>) -> Outputs<Self> {
        Outputs { out: plain::forward(inputs), log_sums: None }
    }

    fn attention_backward(
        inputs: Inputs<Self>,
        outputs: Outputs<Self>,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        plain::backward(inputs, outputs.out, grad)
    }

    fn span_softmax(scores: FloatTensor<Self>, span: &Span, sight: &Sight) -> FloatTensor<Self> {
        let scores = cpu::contiguous(scores);
        let shape = scores.shape();
        match cpu::numbers(&scores) {
            Some(numbers) => cpu::tensor(softmax(numbers, shape[1], span, sight), shape),
            None => plain::softmax::<Self>(scores, span, sight),
        }
    }
}

/// `scores` is `[rows, heads, queries, keys]`.
fn softmax(scores: &[f32], heads: usize, span: &Span, sight: &Sight) -> Vec<f32> {
    let mut out = vec![0.0_f32; scores.len()];
    let lines = scores.len() / span.keys.len();
    for_rows(lines, [&mut out], &Lines { scores, heads, span, sight });
    out
}

struct Lines<'a> {
    scores: &'a [f32],
    heads: usize,
    span: &'a Span,
    sight: &'a Sight,
}

impl Rows<1> for Lines<'_> {
    #[inline(always)]
    fn run(&self, lines: Range<usize>, [out]: [&mut [f32]; 1]) {
        let Self { scores, heads, span, sight } = self;
        let (queries, keys) = (span.queries.len(), span.keys.len());
        for (i, out) in lines.zip(out.chunks_mut(keys)) {
            let seen = sight.seen(i / (heads * queries), span.queries.start + i % queries);
            weights(&scores[i * keys..(i + 1) * keys], out, seen.map(|keys| span.inside(keys)));
        }
    }
}

/// `eˣ / Σ eˣ` over two runs.
#[inline(always)]
fn weights(scores: &[f32], out: &mut [f32], runs: [Range<usize>; 2]) {
    let [first, second] = runs.clone().map(|run| largest(&scores[run]));
    let largest = first.max(second);
    let mut sum = 0.0;
    for run in runs.clone() {
        sum += exponentials(&scores[run.clone()], largest, &mut out[run]);
    }
    let inverse = 1.0 / sum;
    for run in runs {
        out[run].iter_mut().for_each(|weight| *weight *= inverse);
    }
}

#[inline(always)]
fn largest(scores: &[f32]) -> f32 {
    let mut largest = [f32::NEG_INFINITY; LANES];
    for part in scores.chunks(LANES) {
        for (largest, x) in largest.iter_mut().zip(part) {
            *largest = if *x > *largest { *x } else { *largest };
        }
    }
    largest.into_iter().fold(f32::NEG_INFINITY, f32::max)
}

/// Writes `eʸ` for `y = x − largest`; their sum.
#[inline(always)]
fn exponentials(scores: &[f32], largest: f32, out: &mut [f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (scores, out) in scores.chunks(LANES).zip(out.chunks_mut(LANES)) {
        for ((x, out), sum) in scores.iter().zip(out).zip(&mut sums) {
            let e = cpu::exp(x - largest);
            *out = e;
            *sum += e;
        }
    }
    sums.iter().sum()
}

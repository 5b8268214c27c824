//! The softmax on the CPU: rows stay in the cache, so the largest logit has a pass of its own
//! there, and each exponential is computed once.

use std::ops::Range;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::Shape;

use super::{COLUMNS, SoftmaxStatsOps, plain};
use crate::kernels::cpu::{self, LANES};
use crate::kernels::rows::{Rows, for_rows};

impl SoftmaxStatsOps for Flex {
    fn softmax_stats(
        logits: FloatTensor<Self>,
        ids: IntTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [logits, ids] = [logits, ids].map(cpu::contiguous);
        let (Some(numbers), Some(picked)) = (cpu::numbers(&logits), ids.as_slice::<i32>()) else {
            return plain::softmax::<Self>(logits, ids);
        };
        let (probabilities, stats) = softmax(numbers, picked);
        let shape = Shape::from([picked.len(), COLUMNS]);
        (cpu::tensor(probabilities, logits.shape()), cpu::tensor(stats, shape))
    }
}

fn softmax(logits: &[f32], ids: &[i32]) -> (Vec<f32>, Vec<f32>) {
    let mut probabilities = vec![0.0_f32; logits.len()];
    let mut stats = vec![0.0_f32; ids.len() * COLUMNS];
    for_rows(ids.len(), [&mut probabilities, &mut stats], &Tokens { logits, ids });
    (probabilities, stats)
}

struct Tokens<'a> {
    logits: &'a [f32],
    ids: &'a [i32],
}

impl Rows<2> for Tokens<'_> {
    #[inline(always)]
    fn run(&self, tokens: Range<usize>, [probabilities, stats]: [&mut [f32]; 2]) {
        let vocab = (self.logits.len() / self.ids.len().max(1)).max(1);
        let outputs = probabilities.chunks_mut(vocab).zip(stats.chunks_mut(COLUMNS));
        for (i, (probabilities, stats)) in tokens.zip(outputs) {
            let logits = &self.logits[i * vocab..(i + 1) * vocab];
            stats.copy_from_slice(&token(logits, self.ids[i] as usize, probabilities));
        }
    }
}

/// The columns of one token.
#[inline(always)]
fn token(logits: &[f32], id: usize, probabilities: &mut [f32]) -> [f32; COLUMNS] {
    let (largest, total) = extent(logits);
    let [sum, weighted, squares] = exponentials(logits, largest, probabilities);
    let inverse = 1.0 / sum;
    probabilities.iter_mut().for_each(|p| *p *= inverse);
    let picked = logits[id] - largest;
    let log_sum = sum.ln();
    [
        picked - log_sum,
        log_sum - weighted * inverse,
        f32::from(picked >= 0.0),
        total / logits.len() as f32,
        squares.ln() - 2.0 * log_sum,
    ]
}

/// The largest and the sum.
#[inline(always)]
fn extent(logits: &[f32]) -> (f32, f32) {
    let mut largest = [f32::NEG_INFINITY; LANES];
    let mut totals = [0.0_f32; LANES];
    for part in logits.chunks(LANES) {
        for ((largest, total), x) in largest.iter_mut().zip(&mut totals).zip(part) {
            *largest = if *x > *largest { *x } else { *largest };
            *total += x;
        }
    }
    (largest.into_iter().fold(f32::NEG_INFINITY, f32::max), totals.iter().sum())
}

/// Writes `eʸ` for `y = x − largest`; their sum, the sum of `y eʸ` and that of `e²ʸ`.
#[inline(always)]
fn exponentials(logits: &[f32], largest: f32, out: &mut [f32]) -> [f32; 3] {
    let mut sums = [0.0_f32; LANES];
    let mut weighted = [0.0_f32; LANES];
    let mut squares = [0.0_f32; LANES];
    for (logits, out) in logits.chunks(LANES).zip(out.chunks_mut(LANES)) {
        let lanes = sums.iter_mut().zip(&mut weighted).zip(&mut squares);
        for ((x, out), ((sum, weighted), square)) in logits.iter().zip(out).zip(lanes) {
            let y = x - largest;
            let e = cpu::exp(y);
            *out = e;
            *sum += e;
            *weighted += e * y;
            *square += e * e;
        }
    }
    [sums, weighted, squares].map(|lanes| lanes.iter().sum())
}

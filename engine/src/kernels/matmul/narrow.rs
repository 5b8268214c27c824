//! `x Wᵀ` on the CPU where `x` has few rows: a batch of new tokens.
//!
//! A general product lays all of `W` out anew, which costs as much as so few rows. Here `W` is read
//! once as it lies. Lanes are rows of `x`: a weight is multiplied with one vector of them, so
//! nothing is summed across lanes.

use std::ops::Range;

use burn::tensor::Shape;
use pulp::Simd;

use crate::kernels::cpu::{self, CpuTensor};
use crate::kernels::rows::{self, Rows, SimdRows};

/// Rows of `x` up to which this is faster than the general product; one alone is a matrix times a
/// vector, which that does well.
const ROWS: Range<usize> = 2..33;

/// The product where this kernel is the right one. `x` is `[rows, in]`, `weight` `[out, in]`.
pub fn linear(x: &CpuTensor, weight: &CpuTensor) -> Option<CpuTensor> {
    let (shape, of_weight) = (x.layout().shape(), weight.layout().shape());
    if shape.num_dims() != 2 || !ROWS.contains(&shape[0]) || !weight.is_contiguous() {
        return None;
    }
    let (count, width, out) = (shape[0], shape[1], of_weight[0]);
    let x = cpu::contiguous(x.clone());
    let (xs, weights) = (cpu::numbers(&x)?, cpu::numbers(weight)?);
    let mut turned = vec![0.0_f32; out * count];
    let kernel = Narrow { columns: columns(xs, width), weights, width, count };
    rows::for_simd_rows(out, [&mut turned], &kernel);
    let mut y = vec![0.0_f32; turned.len()];
    rows::for_rows(count, [&mut y], &Turn { turned: &turned, out });
    Some(cpu::tensor(y, Shape::from([count, out])))
}

/// `[out, rows]` to `[rows, out]`.
struct Turn<'a> {
    turned: &'a [f32],
    out: usize,
}

impl Rows<1> for Turn<'_> {
    #[inline(always)]
    fn run(&self, rows: Range<usize>, [y]: [&mut [f32]; 1]) {
        let count = self.turned.len() / self.out.max(1);
        // A few outputs of all rows at a time: what is read stays in the cache for the next row.
        for (part, outputs) in self.turned.chunks(TURNED * count).enumerate() {
            let start = part * TURNED;
            for (row, y) in rows.clone().zip(y.chunks_mut(self.out)) {
                let numbers = outputs.iter().skip(row).step_by(count);
                y[start..].iter_mut().zip(numbers).for_each(|(y, number)| *y = *number);
            }
        }
    }
}

/// Outputs turned at once: a cache line of each row.
const TURNED: usize = 16;

/// Lanes of the widest vector there is; narrower ones divide it.
const PADDED: usize = 16;

/// `[rows, in]` as `[in, rows]`, rows padded with zeros to whole vectors.
fn columns(xs: &[f32], width: usize) -> Vec<f32> {
    let padded = (xs.len() / width).next_multiple_of(PADDED);
    let mut columns = vec![0.0_f32; padded * width];
    for (row, x) in xs.chunks(width).enumerate() {
        for (column, number) in columns.chunks_mut(padded).zip(x) {
            column[row] = *number;
        }
    }
    columns
}

struct Narrow<'a> {
    /// `[in, rows padded]`
    columns: Vec<f32>,
    /// `[out, in]`
    weights: &'a [f32],
    width: usize,
    /// Rows of `x`.
    count: usize,
}

impl SimdRows<1> for Narrow<'_> {
    fn cost(&self) -> usize {
        self.width.div_ceil(PADDED)
    }

    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, outs: Range<usize>, [y]: [&mut [f32]; 1]) {
        let (columns, _) = S::as_simd_f32s(&self.columns);
        // As many sums as hide the latency of a multiplication.
        let done = self.streams::<S, 8>(simd, columns, outs.clone(), y);
        let rest = &mut y[done * self.count..];
        self.streams::<S, 1>(simd, columns, outs.start + done..outs.end, rest);
    }
}

impl Narrow<'_> {
    /// `W` outputs at a time, each of another part of the range: memory is read in `W` long
    /// streams, which processors foresee. Gives how many are done.
    #[inline(always)]
    fn streams<S: Simd, const W: usize>(
        &self,
        simd: S,
        columns: &[S::f32s],
        outs: Range<usize>,
        y: &mut [f32],
    ) -> usize {
        let length = outs.len() / W;
        let vectors = self.count.div_ceil(S::F32_LANES);
        for at in 0..length {
            let places: [usize; W] = std::array::from_fn(|stream| stream * length + at);
            let weights = places.map(|place| {
                let start = (outs.start + place) * self.width;
                &self.weights[start..start + self.width]
            });
            for vector in 0..vectors {
                self.block::<S, W>(simd, columns, weights, vector, (places, y));
            }
        }
        length * W
    }

    /// `W` outputs for one vector of rows, to their places in `y`, each `[rows]`.
    #[inline(always)]
    fn block<S: Simd, const W: usize>(
        &self,
        simd: S,
        columns: &[S::f32s],
        weights: [&[f32]; W],
        vector: usize,
        (places, y): ([usize; W], &mut [f32]),
    ) {
        let mut sums = [simd.splat_f32s(0.0); W];
        for (k, column) in columns.chunks_exact(columns.len() / self.width).enumerate() {
            let x = column[vector];
            for (weights, sum) in weights.iter().zip(&mut sums) {
                *sum = simd.mul_add_f32s(simd.splat_f32s(weights[k]), x, *sum);
            }
        }
        let first = vector * S::F32_LANES;
        for (sum, place) in sums.iter().zip(places) {
            let y = &mut y[place * self.count..(place + 1) * self.count];
            let end = self.count.min(first + S::F32_LANES);
            simd.partial_store_f32s(&mut y[first..end], *sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::backend::ops::FloatTensorOps;

    use super::*;

    fn tensor(shape: [usize; 2], seed: f32) -> CpuTensor {
        let numbers = (0..shape[0] * shape[1]).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
        cpu::tensor(numbers, Shape::from(shape))
    }

    #[test]
    fn is_the_general_product_for_every_count_of_rows() {
        for (count, out, width) in [(2, 1, 5), (3, 13, 7), (16, 40, 64), (17, 9, 33), (32, 6, 576)]
        {
            let (x, weight) = (tensor([count, width], 0.7), tensor([out, width], 0.3));
            let found = linear(&x, &weight).expect("few rows");
            let expected = Flex::float_matmul(x, Flex::float_transpose(weight));
            assert_eq!(found.layout().shape(), expected.layout().shape());
            let pairs = cpu::numbers(&found).into_iter().zip(cpu::numbers(&expected));
            for (found, expected) in pairs.flat_map(|(a, b)| a.iter().zip(b)) {
                assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
            }
        }
    }

    #[test]
    fn many_rows_and_other_shapes_are_not_its_own() {
        let weight = tensor([4, 8], 0.3);
        assert!(linear(&tensor([1, 8], 0.7), &weight).is_none());
        assert!(linear(&tensor([33, 8], 0.7), &weight).is_none());
        assert!(linear(&cpu::tensor(vec![0.0; 32], Shape::from([2, 2, 8])), &weight).is_none());
    }
}

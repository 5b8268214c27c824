//! Threads by rayon, vectors by pulp.

use std::ops::Range;

use pulp::{Scalar, Simd, WithSimd};

use super::Rows;

/// Numbers of output that are worth another thread.
const WORTH_A_THREAD: usize = 1 << 14;

/// A loop over rows, written in vectors.
pub trait SimdRows<const N: usize>: Sync {
    /// Computes a run of rows into their parts of the outputs. To be `#[inline(always)]`, and so
    /// all that it calls.
    fn run<S: Simd>(&self, simd: S, rows: Range<usize>, outputs: [&mut [f32]; N]);

    /// What a number of output costs, in those of a loop over elements.
    fn cost(&self) -> usize {
        1
    }
}

/// A loop that the compiler makes vectors of.
pub struct Plain<'a, K>(pub &'a K);

impl<K: Rows<N>, const N: usize> SimdRows<N> for Plain<'_, K> {
    #[inline(always)]
    fn run<S: Simd>(&self, _: S, rows: Range<usize>, outputs: [&mut [f32]; N]) {
        self.0.run(rows, outputs);
    }
}

/// Runs a kernel over so many rows. Each output holds as many numbers for every row.
pub fn for_simd_rows<const N: usize>(
    rows: usize,
    outputs: [&mut [f32]; N],
    kernel: &impl SimdRows<N>,
) {
    let numbers = outputs.iter().map(|output| output.len()).sum::<usize>() * kernel.cost();
    let least = (rows * WORTH_A_THREAD).div_ceil(numbers.max(1)).max(1);
    halves(0..rows, outputs, least, kernel);
}

/// Halves a run as long as both halves are worth a thread.
fn halves<const N: usize>(
    rows: Range<usize>,
    outputs: [&mut [f32]; N],
    least: usize,
    kernel: &impl SimdRows<N>,
) {
    let count = rows.len();
    if count < 2 * least {
        return dispatch(Run { rows, outputs, kernel });
    }
    let half = count / 2;
    let mut last: [&mut [f32]; N] = [(); N].map(|()| Default::default());
    let mut places = last.iter_mut();
    let first = outputs.map(|output| {
        let (first, rest) = output.split_at_mut(output.len() / count * half);
        if let Some(place) = places.next() {
            *place = rest;
        }
        first
    });
    let middle = rows.start + half;
    rayon::join(
        || halves(rows.start..middle, first, least, kernel),
        || halves(middle..rows.end, last, least, kernel),
    );
}

struct Run<'a, K, const N: usize> {
    rows: Range<usize>,
    outputs: [&'a mut [f32]; N],
    kernel: &'a K,
}

impl<K: SimdRows<N>, const N: usize> WithSimd for Run<'_, K, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.kernel.run(simd, self.rows, self.outputs);
    }
}

// `pulp::Arch` knows AVX2 by a feature only that its other users don't switch on.
#[cfg(target_arch = "x86_64")]
fn dispatch(run: impl WithSimd<Output = ()>) {
    use pulp::x86::{V3, V4};
    if let Some(simd) = V4::try_new() {
        Simd::vectorize(simd, run);
    } else if let Some(simd) = V3::try_new() {
        Simd::vectorize(simd, run);
    } else {
        run.with_simd(Scalar);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn dispatch(run: impl WithSimd<Output = ()>) {
    pulp::Arch::new().dispatch(run);
}

//! A CPU kernel's loop over rows: shared among threads, in the widest vectors that the processor
//! has. In a browser it is one plain loop: there the width of vectors is known at compile time.

use std::ops::Range;

#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(not(target_arch = "wasm32"))]
pub use native::{SimdRows, for_simd_rows};

/// A loop over rows.
pub trait Rows<const N: usize>: Sync {
    /// Computes a run of rows into their parts of the outputs. To be `#[inline(always)]`, and so
    /// all that it calls: what isn't inlined has the vectors of the oldest processor.
    fn run(&self, rows: Range<usize>, outputs: [&mut [f32]; N]);
}

/// Runs a kernel over so many rows. Each output holds as many numbers for every row.
#[cfg(target_arch = "wasm32")]
pub fn for_rows<const N: usize>(rows: usize, outputs: [&mut [f32]; N], kernel: &impl Rows<N>) {
    kernel.run(0..rows, outputs);
}

/// Runs a kernel over so many rows. Each output holds as many numbers for every row.
#[cfg(not(target_arch = "wasm32"))]
pub fn for_rows<const N: usize>(rows: usize, outputs: [&mut [f32]; N], kernel: &impl Rows<N>) {
    for_simd_rows(rows, outputs, &native::Plain(kernel));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbered;

    impl Rows<2> for Numbered {
        #[inline(always)]
        fn run(&self, rows: Range<usize>, [ones, pairs]: [&mut [f32]; 2]) {
            for ((row, one), pair) in rows.zip(ones).zip(pairs.chunks_mut(2)) {
                *one += row as f32;
                pair.copy_from_slice(&[row as f32, -(row as f32)]);
            }
        }
    }

    #[test]
    fn every_row_is_run_once_with_its_own_outputs() {
        for rows in [0, 1, 7, 40_001] {
            let (mut ones, mut pairs) = (vec![0.5; rows], vec![0.0; 2 * rows]);
            for_rows(rows, [&mut ones, &mut pairs], &Numbered);
            let expected = (0..rows).map(|row| row as f32);
            assert!(ones.iter().zip(expected.clone()).all(|(one, row)| *one == row + 0.5));
            assert!(pairs.chunks(2).zip(expected).all(|(pair, row)| pair == [row, -row]));
        }
    }
}

//! Products on the CPU, by the `gemm` crate, of operands as they lie in memory.
//!
//! burn's own product calls the same kernels, but zeroes its output and copies it to another place
//! first, by one thread: a sixth of a step of a real model.

use std::mem::MaybeUninit;

use burn::tensor::{DType, Shape};
use gemm::Parallelism;
#[cfg(not(target_arch = "wasm32"))]
use rayon::prelude::*;

use super::Layout;
use crate::kernels::cpu::{self, CpuTensor};

/// Multiplications that are worth another thread.
#[cfg(not(target_arch = "wasm32"))]
const WORTH_A_THREAD: usize = 1 << 20;

/// Within a product; of small ones, gemm does without by itself.
#[cfg(not(target_arch = "wasm32"))]
const THREADS: Parallelism = Parallelism::Rayon(0);
#[cfg(target_arch = "wasm32")]
const THREADS: Parallelism = Parallelism::None;

/// The product of floats; `None` where the operands are something else, or empty.
pub fn product(a: &CpuTensor, b: &CpuTensor, layout: Layout) -> Option<CpuTensor> {
    let left = Matrices::new(a, layout == Layout::LeftTransposed)?;
    let right = Matrices::new(b, layout == Layout::RightTransposed)?;
    let mut sizes = a.layout().shape().to_vec();
    let batch = sizes.len() - 2;
    if !b.layout().shape().starts_with(&sizes[..batch]) || left.columns != right.rows {
        return None;
    }
    sizes.splice(batch.., [left.rows, right.columns]);
    Some(cpu::tensor(multiply(&left, &right), Shape::from(sizes)))
}

/// Matrices of one size, anywhere in memory.
struct Matrices<'a> {
    numbers: &'a [f32],
    /// Where each starts; all of it is within the numbers.
    starts: Vec<usize>,
    rows: usize,
    columns: usize,
    /// From a row to the next, and from a column to the next.
    steps: [usize; 2],
}

impl<'a> Matrices<'a> {
    /// The last two dimensions are rows and columns; `turned`, columns and rows.
    fn new(tensor: &'a CpuTensor, turned: bool) -> Option<Self> {
        if tensor.dtype() != DType::F32 {
            return None;
        }
        let layout = tensor.layout();
        let steps = layout.strides().iter().map(|&step| usize::try_from(step));
        let steps = steps.collect::<Result<Vec<_>, _>>().ok()?;
        let dims: Vec<_> = layout.shape().iter().copied().zip(steps).collect();
        let (batch, &[first, second]) = dims.split_last_chunk()?;
        let [(rows, row), (columns, column)] =
            if turned { [second, first] } else { [first, second] };
        let mut starts = vec![layout.start_offset()];
        for &(size, step) in batch {
            let along = |start| (0..size).map(move |at| start + at * step);
            starts = starts.into_iter().flat_map(along).collect();
        }
        let numbers = tensor.storage::<f32>();
        let last = rows.checked_sub(1)? * row + columns.checked_sub(1)? * column;
        let inside = starts.iter().max()? + last < numbers.len();
        inside.then_some(Self { numbers, starts, rows, columns, steps: [row, column] })
    }
}

/// Each matrix of one times its like of the other, one after another.
#[expect(unsafe_code, reason = "zeros that are only written over cost as much as a layer's norm")]
fn multiply(left: &Matrices, right: &Matrices) -> Vec<f32> {
    let size = left.rows * right.columns;
    let length = left.starts.len() * size;
    let mut out = Vec::with_capacity(length);
    let places = &mut out.spare_capacity_mut()[..length];
    let one = |(at, place): (usize, &mut [_])| matrix(place, left, right, at);
    #[cfg(not(target_arch = "wasm32"))]
    let least = WORTH_A_THREAD.div_ceil(size * left.columns);
    #[cfg(not(target_arch = "wasm32"))]
    places.par_chunks_exact_mut(size).enumerate().with_min_len(least).for_each(one);
    #[cfg(target_arch = "wasm32")]
    places.chunks_exact_mut(size).enumerate().for_each(one);
    // SAFETY: `length` is a multiple of `size`, and each part of that size was written whole.
    unsafe { out.set_len(length) };
    out
}

/// Writes one product, row by row.
#[expect(unsafe_code, reason = "gemm takes pointers")]
fn matrix(out: &mut [MaybeUninit<f32>], left: &Matrices, right: &Matrices, at: usize) {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    let [[a_row, a_column], [b_row, b_column]] = [left, right].map(|x| x.steps.map(|s| s as isize));
    let [a, b] = [left, right].map(|x| x.numbers[x.starts[at]..].as_ptr());
    assert!(out.len() == m * n && right.rows == k, "sizes of a product");
    // SAFETY: what is read lies within the operands' numbers (see `Matrices`), and `out`, which
    // nothing else holds, has room for m rows of n numbers. Nothing of it is read.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr().cast::<f32>(),
            1,
            n as isize,
            false,
            a,
            a_column,
            a_row,
            b,
            b_column,
            b_row,
            0.0,
            1.0,
            false,
            false,
            false,
            THREADS,
        );
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::backend::ops::FloatTensorOps;

    use super::*;

    fn tensor(shape: &[usize], seed: f32) -> CpuTensor {
        let count = shape.iter().product::<usize>();
        let numbers = (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
        cpu::tensor(numbers, Shape::from(shape.to_vec()))
    }

    fn close(found: &CpuTensor, expected: &CpuTensor) {
        assert_eq!(found.layout().shape(), expected.layout().shape());
        let (found, expected) = (cpu::numbers(found), cpu::numbers(expected));
        let (found, expected) = (found.expect("numbers"), expected.expect("numbers"));
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
        }
    }

    /// By burn's own.
    fn plain(a: CpuTensor, b: CpuTensor, layout: Layout) -> CpuTensor {
        match layout {
            Layout::Plain => Flex::float_matmul(a, b),
            Layout::RightTransposed => Flex::float_matmul(a, Flex::float_transpose(b)),
            Layout::LeftTransposed => Flex::float_matmul(Flex::float_transpose(a), b),
        }
    }

    /// (1 2; 3 4) (5 6; 7 8), and with either side turned.
    #[test]
    fn by_hand() {
        let of = |numbers: [f32; 4]| cpu::tensor(numbers.to_vec(), Shape::from([2, 2]));
        let (a, b) = (of([1.0, 2.0, 3.0, 4.0]), of([5.0, 6.0, 7.0, 8.0]));
        for (layout, expected) in [
            (Layout::Plain, [19.0, 22.0, 43.0, 50.0]),
            (Layout::RightTransposed, [17.0, 23.0, 39.0, 53.0]),
            (Layout::LeftTransposed, [26.0, 30.0, 38.0, 44.0]),
        ] {
            close(&product(&a, &b, layout).expect("floats"), &of(expected));
        }
    }

    #[test]
    fn is_burns_product_in_every_layout() {
        for sizes in [[1, 5, 7, 3], [1, 200, 130, 190], [6, 9, 4, 33], [3, 128, 64, 160]] {
            for layout in Layout::ALL {
                let [a, b] = layout.shapes(sizes);
                let (a, b) = (tensor(&a, 0.7), tensor(&b, 0.3));
                let found = product(&a, &b, layout).expect("floats");
                close(&found, &plain(a, b, layout));
            }
        }
    }

    /// A part of a tensor whose dimensions were exchanged: `[2, 3, 5, 4]` of `[2, 9, 3, 4]`.
    #[test]
    fn what_lies_elsewhere_is_taken_from_there() {
        let part = |seed| tensor(&[2, 9, 3, 4], seed).permute(&[0, 2, 1, 3]).narrow(2, 3, 5);
        let (a, b) = (part(0.7), part(0.3));
        assert!(!a.is_contiguous());
        let found = product(&a, &b, Layout::RightTransposed).expect("floats");
        close(&found, &plain(a.to_contiguous(), b.to_contiguous(), Layout::RightTransposed));
    }

    #[test]
    fn what_is_not_its_own_is_left_to_burn() {
        let (a, b) = (tensor(&[2, 4, 3], 0.7), tensor(&[1, 3, 5], 0.3));
        assert!(product(&a, &b, Layout::Plain).is_none());
        let (a, b) = (tensor(&[0, 3], 0.7), tensor(&[3, 5], 0.3));
        assert!(product(&a, &b, Layout::Plain).is_none());
    }
}

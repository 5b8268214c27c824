//! The kernel for all sizes, its text for each layout: a thread computes 8 rows by 4 columns in
//! registers, and reads and writes them number by number.
//!
//! It sums in the order of the others. Blocks are small because Chromium's emulator takes time over
//! every store behind a condition: over 16 rows by 8 columns, minutes.

use burn_cubecl::tensor::CubeTensor;

use super::Layout;
use crate::kernels::gpu::{self, Wgsl};

/// Rows of the result that a thread computes.
const ROWS: usize = 8;
/// Columns of the result that a thread computes: a vector.
const COLUMNS: usize = 4;
/// Threads of a workgroup.
const THREADS: usize = 64;

const FRAME: &str = include_str!("numbers.wgsl");

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kernel(Layout);

impl Wgsl for Kernel {
    fn source(self) -> String {
        source(self.0)
    }
}

/// A thread for every block of the result. `buffers` are a, b and the result, `info` (m, k, n,
/// batch), none of them 0.
pub fn launch(layout: Layout, buffers: [&CubeTensor; 3], info: [u32; 4]) {
    let [m, _, n, batch] = info.map(|size| size as usize);
    let blocks = batch * m.div_ceil(ROWS) * n.div_ceil(COLUMNS);
    gpu::launch(Kernel(layout), [THREADS, 1], blocks.div_ceil(THREADS), &buffers, &info);
}

fn source(layout: Layout) -> String {
    let a_along = layout != Layout::LeftTransposed;
    let b_along = layout == Layout::RightTransposed;
    let number = |buffer: &str, along: bool, i: usize, rows: &str| match along {
        true => format!("{buffer}[{buffer}_at + {buffer}{i} * k + p]"),
        false => format!("{buffer}[{buffer}_at + p * {rows} + {buffer}{i}]"),
    };
    let lines = |count: usize, line: &dyn Fn(usize) -> String| -> String {
        (0..count).map(|i| line(i) + "\n").collect()
    };
    // At the edges a thread reads the last row or column again and doesn't store the result.
    let starts = lines(ROWS, &|i| format!("  let a{i} = min(row + {i}u, m - 1u);"))
        + &lines(COLUMNS, &|j| format!("  let b{j} = min(col + {j}u, n - 1u);"));
    let accumulators = lines(ROWS, &|i| format!("  var c{i} = vec4<f32>(0.0);"));
    let columns = [0, 1, 2, 3].map(|j| number("b", b_along, j, "n")).join(", ");
    let products = format!("    let y = vec4<f32>({columns});\n")
        + &lines(ROWS, &|i| {
            format!("    c{i} = fma(vec4<f32>({}), y, c{i});", number("a", a_along, i, "m"))
        });
    let stores = lines(ROWS, &|i| format!("  put(row + {i}u, col, m, n, out_at, c{i});"));
    let sizes = format!(
        "const ROWS = {ROWS}u;\nconst COLUMNS = {COLUMNS}u;\nconst THREADS = {THREADS}u;\n"
    );
    let text = FRAME
        .replace("STARTS\n", &(starts + &accumulators))
        .replace("PRODUCTS\n", &products)
        .replace("STORES\n", &stores);
    gpu::text(false, &gpu::of_vectors(["a", "b", "result"]), &(sizes + &text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::matmul::tests::assert_filled;

    #[test]
    fn no_placeholder_is_left_in_a_text() {
        assert_filled(source, &["STARTS", "PRODUCTS", "STORES"]);
    }
}

//! The kernel for GPUs that are one: tiles staged through workgroup memory (`tiles.wgsl`).
//!
//! It sums in the order of the register kernel, so that which of the two was chosen shows in no
//! result: the same seed gives the same run. On SwiftShader and lavapipe both give the same bits.
//! On SwiftShader this one takes 1.5 to 2 times as long (measured at 256 cubed).

use super::{Layout, wgsl};

/// Rows, and columns, of the result that a workgroup computes.
pub const SIDE: u32 = 64;
/// Threads of a workgroup along columns and rows.
pub const THREADS: [u32; 2] = [16, 8];

/// Rows that a thread computes, in one vector of four columns.
const ROWS: u32 = 8;
const FRAME: &str = include_str!("tiles.wgsl");
const LANES: [&str; 4] = ["x", "y", "z", "w"];

/// The kernel of a layout, bound and dispatched as the register kernel, in tiles of [`SIDE`].
pub fn source(layout: Layout) -> String {
    let a_along = layout != Layout::LeftTransposed;
    let b_along = layout == Layout::RightTransposed;
    // A thread's four columns lie sixteen rows of the tile apart, and a row's four vectors five
    // from the next row's: so neighbouring threads read from different banks.
    let slot = if b_along { "(i / 4u % 4u * 16u + i / 16u) * 5u + i % 4u" } else { "i" };
    let text = FRAME
        .replace("LOAD_A", &load("a", "A", "x", a_along))
        .replace("LOAD_B", &load("b", "B", "z", b_along))
        .replace("SLOT", slot)
        .replace("MULTIPLY\n", &multiply(a_along, b_along))
        .replace("STORE\n", &store(a_along));
    wgsl::buffers("vec4<f32>", "vec4<f32>") + &text
}

/// Reads a vector of an operand's slice that begins at `start` of k: zeros beyond k, and the last
/// row again beyond that.
fn load(name: &str, buffer: &str, rows: &str, along: bool) -> String {
    let body = if along {
        format!(
            "  let width = size.y / 4u;
  let p = start / 4u + i % 4u;
  let at = first + min(start_row + i / 4u, size.{rows} - 1u) * width + min(p, width - 1u);
  return select(vec4<f32>(0.0), {buffer}[at], p < width);
"
        )
    } else {
        format!(
            "  let width = size.{rows} / 4u;
  let p = start + i / 16u;
  let at = first + min(p, size.y - 1u) * width + min(start_row / 4u + i % 16u, width - 1u);
  return select(vec4<f32>(0.0), {buffer}[at], p < size.y);
"
        )
    };
    format!(
        "
fn load_{name}(size: vec4<u32>, start_row: u32, first: u32, start: u32, i: u32) -> vec4<f32> {{
{body}}}"
    )
}

/// Four of k for all results of a thread.
fn multiply(a_along: bool, b_along: bool) -> String {
    let mut text = String::new();
    for i in 0..ROWS {
        text += &if a_along {
            format!("      let a{i} = tile_a[(id.y + {}u) * 4u + p];\n", 8 * i)
        } else {
            // Row halves of each of k: a0 and a1 for the first.
            let (q, half) = (i / 2, i % 2);
            format!("      let a{i} = tile_a[(p * 4u + {q}u) * 16u + id.y + {}u];\n", 8 * half)
        };
    }
    for (q, lane) in LANES.iter().enumerate() {
        if b_along {
            text += &columns(q, lane);
        } else {
            text += &format!("      let b{q} = tile_b[(p * 4u + {q}u) * 16u + id.x];\n");
        }
        for i in 0..ROWS {
            let a = if a_along {
                format!("a{i}.{lane}")
            } else {
                format!("a{}.{}", 2 * q as u32 + i / 4, LANES[i as usize % 4])
            };
            text += &format!("      c{i} = fma(vec4<f32>({a}), b{q}, c{i});\n");
        }
    }
    text
}

/// One of k for a thread's four columns, where each lies along k.
fn columns(q: usize, lane: &str) -> String {
    let mut text = String::new();
    if q == 0 {
        for j in 0..4 {
            text += &format!("      let t{j} = tile_b[(id.x + {}u) * 5u + p];\n", 16 * j);
        }
    }
    let four = [0, 1, 2, 3].map(|j| format!("t{j}.{lane}")).join(", ");
    text + &format!("      let b{q} = vec4<f32>({four});\n")
}

/// A thread's rows lie 8 apart, or, where they are read four at a time, in two runs of four.
fn store(a_along: bool) -> String {
    let mut text = String::new();
    for i in 0..ROWS {
        let y = if a_along {
            format!("row + id.y + {}u", 8 * i)
        } else {
            format!("row + id.y * 4u + {}u", i / 4 * 32 + i % 4)
        };
        text += &format!("  let y{i} = {y};\n");
        text += &format!("  if (y{i} < m && x < n4) {{ Out[out_at + y{i} * n4 + x] = c{i}; }}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::matmul::tests::assert_filled;

    #[test]
    fn no_placeholder_is_left_in_a_text() {
        assert_filled(source, &["LOAD_A", "LOAD_B", "SLOT", "MULTIPLY", "STORE", "{{", "}}"]);
    }
}

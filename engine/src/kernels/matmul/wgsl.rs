//! The kernel for software adapters, its text for each layout: a thread computes 16 rows by 8
//! columns in registers.
//!
//! No workgroup memory and no barrier, which cost such adapters more than they save. An operand
//! that lies along k is read number by number: there a vector costs as many loads, and a loop over
//! single steps of k is short enough for the cache of instructions. Measured on SwiftShader at 512
//! cubed, GFLOP/s: 0.3 by burn's tiles of workgroup memory; 2.8, 3.3 and 4.2 by 8 rows and four
//! steps of k at a time; 4.6, 4.0 and 5.5 so.

use super::Layout;
use crate::kernels::gpu;

/// Rows of the result that a thread computes.
pub const ROWS: u32 = 16;
/// Columns of the result that a thread computes: two vectors of four.
pub const COLUMNS: u32 = 8;
/// Threads of a workgroup along each axis.
pub const GROUP: u32 = 4;

const LANES: [&str; 4] = ["x", "y", "z", "w"];

/// The bindings of both kernels: a and b, of the types given, out, and (m, k, n); a fourth number,
/// the batch, is the number of workgroups along z.
pub fn buffers(a: &str, b: &str) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read_write> A: array<{a}>;
@group(0) @binding(1) var<storage, read_write> B: array<{b}>;
@group(0) @binding(2) var<storage, read_write> Out: array<vec4<f32>>;
{}",
        gpu::info_binding(3)
    )
}

/// The kernel of a layout, one matrix of the batch for each workgroup along z.
pub fn source(layout: Layout) -> String {
    let (vector, number) = ("vec4<f32>", "f32");
    let (a, b) = match layout {
        Layout::Plain => (number, vector),
        Layout::RightTransposed => (number, number),
        Layout::LeftTransposed => (vector, vector),
    };
    let mut accumulators = String::new();
    let mut stores = String::new();
    for i in 0..ROWS {
        for j in 0..2 {
            accumulators += &format!("  var c{i}_{j} = vec4<f32>(0.0);\n");
            stores += &format!(
                "  if (row + {i}u < m && col4 + {j}u < n4) {{ Out[out_at + (row + {i}u) * n4 + col4 + {j}u] = c{i}_{j}; }}\n"
            );
        }
    }
    format!(
        "{}@compute @workgroup_size({GROUP}, {GROUP}, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
  let m = info[0]; let k = info[1]; let n = info[2];
  let n4 = n / 4u; let m4 = m / 4u;
  let row = id.y * {ROWS}u; let col4 = id.x * 2u; let col = col4 * 4u;
  let a_at = id.z * m * k; let b_at = id.z * k * n; let out_at = id.z * (m * n4);
  if (row >= m || col4 >= n4) {{ return; }}
{accumulators}{}{}  for (var p = 0u; p < k; p += 1u) {{
{}{}{}  }}
{stores}}}
",
        buffers(a, b),
        a_starts(a == vector),
        b_starts(b == vector),
        a_loads(a == vector),
        b_loads(b == vector),
        products(a == vector),
    )
}

// At the edges a thread reads its last whole row or column again and doesn't store the result.
fn clamped(axis: &str, offset: u32, end: &str) -> String {
    format!("min({axis} + {offset}u, {end} - 1u)")
}

/// Where a thread's rows of a begin: `[m, k]`, or vectors of `[k, m]`.
fn a_starts(vectors: bool) -> String {
    let start = |i: u32| match vectors {
        true => format!("  let r{i} = a_at / 4u + {};\n", clamped("row / 4u", i, "m4")),
        false => format!("  let r{i} = a_at + {} * k;\n", clamped("row", i, "m")),
    };
    (0..if vectors { ROWS / 4 } else { ROWS }).map(start).collect()
}

/// Where its columns of b begin: vectors of `[k, n]`, or `[n, k]`.
fn b_starts(vectors: bool) -> String {
    let start = |j: u32| match vectors {
        true => format!("  let s{j} = b_at / 4u + {};\n", clamped("col4", j, "n4")),
        false => format!("  let s{j} = b_at + {} * k;\n", clamped("col", j, "n")),
    };
    (0..if vectors { COLUMNS / 4 } else { COLUMNS }).map(start).collect()
}

fn a_loads(vectors: bool) -> String {
    let load = |i: u32| match vectors {
        true => format!("    let a{i} = A[p * m4 + r{i}];\n"),
        false => format!("    let a{i} = A[r{i} + p];\n"),
    };
    (0..if vectors { ROWS / 4 } else { ROWS }).map(load).collect()
}

fn b_loads(vectors: bool) -> String {
    let load = |j: u32| match vectors {
        true => format!("    let b{j} = B[p * n4 + s{j}];\n"),
        false => {
            let four = [0, 1, 2, 3].map(|q| format!("B[s{} + p]", 4 * j + q)).join(", ");
            format!("    let b{j} = vec4<f32>({four});\n")
        }
    };
    (0..COLUMNS / 4).map(load).collect()
}

/// An outer product for one of k.
fn products(vectors: bool) -> String {
    let mut text = String::new();
    for i in 0..ROWS {
        let a = match vectors {
            true => format!("a{}.{}", i / 4, LANES[i as usize % 4]),
            false => format!("a{i}"),
        };
        for j in 0..COLUMNS / 4 {
            text += &format!("    c{i}_{j} = fma(vec4<f32>({a}), b{j}, c{i}_{j});\n");
        }
    }
    text
}

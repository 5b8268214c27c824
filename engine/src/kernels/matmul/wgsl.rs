//! The kernel's text, one for each layout: a thread computes 8 rows by 8 columns in registers.
//!
//! No workgroup memory and no barrier: on SwiftShader they cost ten times what they save
//! (measured at 512 cubed: 0.3 GFLOP/s through tiles of workgroup memory, 4.4 by this scheme).

use super::Layout;

/// Rows of the result that a thread computes.
pub const ROWS: u32 = 8;
/// Columns of the result that a thread computes: two vectors of four.
pub const COLUMNS: u32 = 8;
/// Threads of a workgroup along each axis.
pub const GROUP: u32 = 4;

const LANES: [&str; 4] = ["x", "y", "z", "w"];

/// The kernel of a layout, one matrix of the batch for each workgroup along z. Bindings: a, b,
/// out, and (m, k, n).
pub fn source(layout: Layout) -> String {
    let body = match layout {
        Layout::Plain => plain(),
        Layout::RightTransposed => right_transposed(),
        Layout::LeftTransposed => left_transposed(),
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
        "@group(0) @binding(0) var<storage, read_write> A: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> B: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> Out: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> info: array<u32>;
@compute @workgroup_size({GROUP}, {GROUP}, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
  let m = info[0]; let k = info[1]; let n = info[2];
  let n4 = n / 4u; let k4 = k / 4u; let m4 = m / 4u;
  let row = id.y * {ROWS}u; let col4 = id.x * 2u; let col = col4 * 4u;
  let a_at = id.z * (m * k / 4u); let b_at = id.z * (k * n / 4u); let out_at = id.z * (m * n4);
  if (row >= m || col4 >= n4) {{ return; }}
{accumulators}{body}{stores}}}
"
    )
}

// At the edges a thread reads its last whole row or column again and doesn't store the result.
fn clamped(axis: &str, offset: u32, end: &str) -> String {
    format!("min({axis} + {offset}u, {end} - 1u)")
}

/// a `[m, k]` and b `[k, n]`: four of k at a time.
fn plain() -> String {
    let mut rows = String::new();
    for i in 0..ROWS {
        rows += &format!("  let r{i} = a_at + {} * k4;\n", clamped("row", i, "m"));
    }
    let columns =
        format!("  let s0 = b_at + col4; let s1 = b_at + {};\n", clamped("col4", 1, "n4"));
    let mut step = String::new();
    for i in 0..ROWS {
        step += &format!("    let a{i} = A[r{i} + p];\n");
    }
    for (q, lane) in LANES.iter().enumerate() {
        for j in 0..2 {
            step += &format!("    let b{q}_{j} = B[(p * 4u + {q}u) * n4 + s{j}];\n");
        }
        for i in 0..ROWS {
            for j in 0..2 {
                step +=
                    &format!("    c{i}_{j} = fma(vec4<f32>(a{i}.{lane}), b{q}_{j}, c{i}_{j});\n");
            }
        }
    }
    format!("{rows}{columns}  for (var p = 0u; p < k4; p += 1u) {{\n{step}  }}\n")
}

/// a `[m, k]` and b `[n, k]`: both lie along k.
fn right_transposed() -> String {
    let mut starts = String::new();
    for i in 0..ROWS {
        starts += &format!("  let r{i} = a_at + {} * k4;\n", clamped("row", i, "m"));
    }
    for j in 0..COLUMNS {
        starts += &format!("  let s{j} = b_at + {} * k4;\n", clamped("col", j, "n"));
    }
    let mut step = String::new();
    for i in 0..ROWS {
        step += &format!("    let a{i} = A[r{i} + p];\n");
    }
    for j in 0..COLUMNS {
        let (vector, lane) = (j / 4, LANES[j as usize % 4]);
        step += &format!("    let b{j} = B[s{j} + p];\n");
        for i in 0..ROWS {
            step += &format!("    c{i}_{vector}.{lane} += dot(a{i}, b{j});\n");
        }
    }
    format!("{starts}  for (var p = 0u; p < k4; p += 1u) {{\n{step}  }}\n")
}

/// a `[k, m]` and b `[k, n]`: an outer product for each of k.
fn left_transposed() -> String {
    let starts = format!(
        "  let r0 = a_at + row / 4u; let r1 = a_at + {}; let s0 = b_at + col4; let s1 = b_at + {};\n",
        clamped("row / 4u", 1, "m4"),
        clamped("col4", 1, "n4")
    );
    let mut step = String::new();
    for half in 0..2 {
        step += &format!("    let a{half} = A[p * m4 + r{half}];\n");
        step += &format!("    let b{half} = B[p * n4 + s{half}];\n");
    }
    for i in 0..ROWS {
        let (half, lane) = (i / 4, LANES[i as usize % 4]);
        for j in 0..2 {
            step += &format!("    c{i}_{j} = fma(vec4<f32>(a{half}.{lane}), b{j}, c{i}_{j});\n");
        }
    }
    format!("{starts}  for (var p = 0u; p < k; p += 1u) {{\n{step}  }}\n")
}

// A workgroup of 16 by 8 threads computes 64 rows by 64 columns, a thread 8 by 4 of them. Both
// operands pass through workgroup memory in slices of 16 along k; the next slice is fetched into
// registers while this one is multiplied. Vectors of a slice are numbered as they lie in memory:
// where an operand lies along k, four a row; else sixteen for each of k.

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 320>;
var<workgroup> sizes: vec4<u32>;
LOAD_A
LOAD_B
fn slot(i: u32) -> u32 {
  return SLOT;
}

@compute @workgroup_size(16, 8, 1)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) id: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  // Barriers stand in a loop over k, which browsers take for the same in all threads only so.
  if (thread == 0u) {
    sizes = vec4<u32>(info[0], info[1], info[2], 0u);
  }
  let size = workgroupUniformLoad(&sizes);
  let m = size.x;
  let k = size.y;
  let n4 = size.z / 4u;
  let row = group.y * 64u;
  let col = group.x * 64u;
  let a_at = group.z * (m * k / 4u);
  let b_at = group.z * (k * n4);
  let out_at = group.z * (m * n4);
  let other = thread + 128u;
  var c0 = vec4<f32>(0.0);
  var c1 = vec4<f32>(0.0);
  var c2 = vec4<f32>(0.0);
  var c3 = vec4<f32>(0.0);
  var c4 = vec4<f32>(0.0);
  var c5 = vec4<f32>(0.0);
  var c6 = vec4<f32>(0.0);
  var c7 = vec4<f32>(0.0);
  var next_a0 = load_a(size, row, a_at, 0u, thread);
  var next_a1 = load_a(size, row, a_at, 0u, other);
  var next_b0 = load_b(size, col, b_at, 0u, thread);
  var next_b1 = load_b(size, col, b_at, 0u, other);
  for (var start = 0u; start < k; start += 16u) {
    tile_a[thread] = next_a0;
    tile_a[other] = next_a1;
    tile_b[slot(thread)] = next_b0;
    tile_b[slot(other)] = next_b1;
    workgroupBarrier();
    next_a0 = load_a(size, row, a_at, start + 16u, thread);
    next_a1 = load_a(size, row, a_at, start + 16u, other);
    next_b0 = load_b(size, col, b_at, start + 16u, thread);
    next_b1 = load_b(size, col, b_at, start + 16u, other);
    for (var p = 0u; p < 4u; p += 1u) {
MULTIPLY
    }
    workgroupBarrier();
  }
  let x = col / 4u + id.x;
STORE
}

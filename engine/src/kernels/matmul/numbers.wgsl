// What lies within the result.
fn put(row: u32, col: u32, m: u32, n: u32, out_at: u32, v: vec4<f32>) {
  if (row < m) {
    let at = out_at + row * n + col;
    result[at] = v.x;
    if (col + 1u < n) { result[at + 1u] = v.y; }
    if (col + 2u < n) { result[at + 2u] = v.z; }
    if (col + 3u < n) { result[at + 3u] = v.w; }
  }
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let m = info[0];
  let k = info[1];
  let n = info[2];
  let across = (n + COLUMNS - 1u) / COLUMNS;
  let down = (m + ROWS - 1u) / ROWS;
  let block = (group.y * groups.x + group.x) * THREADS + thread;
  let batch = block / (across * down);
  if (batch >= info[3]) { return; }
  let row = block / across % down * ROWS;
  let col = block % across * COLUMNS;
  let a_at = batch * m * k;
  let b_at = batch * k * n;
  let out_at = batch * m * n;
STARTS
  for (var p = 0u; p < k; p += 1u) {
PRODUCTS
  }
STORES
}

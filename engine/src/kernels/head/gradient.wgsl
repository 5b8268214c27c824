// In place: p becomes g (onehot(id) − p).
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let cells = info[0];
  let row = info[1];
  let first = (group.y * groups.x + group.x) * (THREADS * ITEMS) + thread;
  for (var k = 0u; k < ITEMS; k += 1u) {
    let i = first + k * THREADS;
    if (i < cells) {
      let token = i / row;
      let at = (i - token * row) * WIDTH;
      let id = u32(Ids[token]);
      let onehot = select(V(0.0), V(1.0), PICKED);
      Numbers[i] = Grad[token * COLUMNS] * (onehot - Numbers[i]);
    }
  }
}

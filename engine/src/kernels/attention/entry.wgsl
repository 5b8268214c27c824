@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let time = info[1];
  let heads = info[2];
  let kv_heads = info[3];
  let window = info[4];
  let tiles = (time + TILE - 1u) / TILE;
  let n = group.y * groups.x + group.x;

// Lays vectors out as [rows, heads, width / 4, time], one section of `work` after another: queries
// (rotated, and scaled so that scores are exponents of two), keys (rotated), and for the backward
// pass values and the output's gradients. An invocation moves the two vectors that a rotation mixes.

// Where the first of two vectors is read: `head` counts through the rows.
fn source_index(head: u32, heads: u32, t: u32, w: u32) -> u32 {
  return (((head / heads) * info[1] + t) * heads + head % heads) * WIDTH4 + w;
}

// Of a column's angle: what comes after a fork counts on from the prompt.
fn angle_index(row: u32, t: u32, w: u32) -> u32 {
  let prompt = info[8u + 2u * row];
  let second = info[9u + 2u * row];
  return select(t, t - second + prompt, t >= second) * WIDTH4 + w;
}

// Two vectors, which a rotation mixes, to where they go.
fn lay(row: u32, t: u32, w: u32, goal: u32, a: V, b: V) {
  let beside = goal + HALF4 * info[1];
%rotary
  let angle = angle_index(row, t, w);
  let cosine = table[angle];
  let sine = table[angle + HALF4];
  work[goal] = a * cosine - b * sine;
  work[beside] = b * cosine + a * sine;
%end
%plain
  work[goal] = a;
  work[beside] = b;
%end
}

@compute @workgroup_size(TILE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let time = info[1];
  let heads = info[2];
  let kv_heads = info[3];
  let query_heads = info[0] * heads;
  let key_heads = info[0] * kv_heads;
  let n = (group.y * groups.x + group.x) * TILE + lane;
  let t = n % time;
  let w = (n / time) % HALF4;
  let head = n / (time * HALF4);
  let goal = (head * WIDTH4 + w) * time + t;
  let beside = goal + HALF4 * time;
  if (head < query_heads) {
    let at = source_index(head, heads, t, w);
    let a = queries[at] * (ROOT * LOG2_E);
    let b = queries[at + HALF4] * (ROOT * LOG2_E);
    lay(head / heads, t, w, goal, a, b);
  } else if (head < query_heads + key_heads) {
    let at = source_index(head - query_heads, kv_heads, t, w);
    let a = keys[at];
    let b = keys[at + HALF4];
    lay((head - query_heads) / kv_heads, t, w, goal, a, b);
%backward
  } else if (head < query_heads + 2u * key_heads) {
    let at = source_index(head - query_heads - key_heads, kv_heads, t, w);
    work[goal] = values[at];
    work[beside] = values[at + HALF4];
  } else if (head < 2u * (query_heads + key_heads)) {
    let at = source_index(head - query_heads - 2u * key_heads, heads, t, w);
    work[goal] = grads[at];
    work[beside] = grads[at + HALF4];
%end
  }
}

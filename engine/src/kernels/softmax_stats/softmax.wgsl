// Sums are kept relative to the thread's largest logit so far. When it grows by −d, with k = eᵈ,
// Σ eʸ becomes k Σ eʸ; Σ y eʸ becomes k (Σ y eʸ + d Σ eʸ); and Σ e²ʸ becomes k² Σ e²ʸ.
// Of each thread: the largest logit, and relative to it the sums of eʸ, y eʸ and e²ʸ.
var<workgroup> parts: array<vec4<f32>, THREADS>;
var<workgroup> totals: array<f32, THREADS>;
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let tokens = info[0];
  let cells = info[1];
  let token = group.y * groups.x + group.x;
  // A workgroup beyond the last token computes that one again: a barrier wants all threads.
  let row = min(token, tokens - 1u);
  let start = row * cells;
  var top = -3.0e38;
  var sums = V(0.0);
  var weighted = V(0.0);
  var squares = V(0.0);
  var added = V(0.0);
  for (var i = thread; i < cells; i += THREADS) {
    let x = Logits[start + i];
    added += x;
    let larger = max(top, largest(x));
    if (larger > top) {
      let d = top - larger;
      let k = exp(d);
      weighted = k * (weighted + d * sums);
      sums *= k;
      squares *= k * k;
      top = larger;
    }
    let y = x - V(top);
    let e = exp(y);
    sums += e;
    weighted = fma(e, y, weighted);
    squares = fma(e, e, squares);
  }
  parts[thread] = vec4<f32>(top, total(sums), total(weighted), total(squares));
  totals[thread] = total(added);
  workgroupBarrier();
  var whole = -3.0e38;
  for (var k = 0u; k < THREADS; k += 1u) { whole = max(whole, parts[k].x); }
  var sum = 0.0;
  var expected = 0.0;
  var square = 0.0;
  var logits = 0.0;
  for (var k = 0u; k < THREADS; k += 1u) {
    let part = parts[k];
    let d = part.x - whole;
    let e = exp(d);
    sum += e * part.y;
    expected += e * (part.z + d * part.y);
    square += e * e * part.w;
    logits += totals[k];
  }
  if (token >= tokens) { return; }
  let inverse = 1.0 / sum;
  for (var i = thread; i < cells; i += THREADS) {
    Probabilities[start + i] = exp(Logits[start + i] - V(whole)) * inverse;
  }
  if (thread == 0u) {
    let id = min(u32(Ids[row]), cells * WIDTH - 1u);
    let picked = PICKED - whole;
    let log_sum = log(sum);
    let at = row * COLUMNS;
    Stats[at] = picked - log_sum;
    Stats[at + 1u] = log_sum - expected * inverse;
    Stats[at + 2u] = select(0.0, 1.0, picked >= 0.0);
    Stats[at + 3u] = logits / f32(cells * WIDTH);
    Stats[at + 4u] = log(square) - 2.0 * log_sum;
  }
}

// dV = P' dO and dK = (P * (dO V' - D))' Q, turned back. An invocation owns keys of one head and
// walks the queries that see the workgroup's keys, of every query head that shares them.

ENTRY
  let row = n / (tiles * kv_heads);
  let kv_head = (n / tiles) % kv_heads;
  let sharing = heads / kv_heads;
  let first = (n % tiles) * TILE;
  if (row >= info[0]) {
    return;
  }
  let prompt = info[8u + 2u * row];
  let second = info[9u + 2u * row];
  let reach = window + second - prompt;
  let last = min(first + TILE, time) - 1u;
  // What is between prompt and second, none after sees.
  let between = first >= prompt && last < second;
  let end = min(last + reach, select(time, second, between));
%i
  let t$i = first + $iu * LANES + lane;
  let k$i = info[5] + (row * kv_heads + kv_head) * WIDTH4 * time + min(t$i, time - 1u);
  let v$i = info[6] - info[5] + k$i;
%g
%h
  var key$i_$g_$h = V(0.0);
  var value$i_$g_$h = V(0.0);
%end
%end
%end
  for (var head = kv_head * sharing; head < (kv_head + 1u) * sharing; head += 1u) {
    let queries_at = (row * heads + head) * WIDTH4 * time;
    let grads_at = info[7] + queries_at;
    for (var query = first; query < end; query += WALK) {
%j
      let r$j = min(query + $ju, time - 1u);
      let log_sum$j = log_sums[(row * time + r$j) * heads + head];
      let delta$j = deltas[(row * time + r$j) * heads + head];
      let hole$j = select(NONE, prompt, query + $ju >= second);
      let reach$j = select(window, reach, query + $ju >= second);
%end
%i
%j
      var s$i_$j = 0.0;
      var e$i_$j = 0.0;
%end
%end
      for (var w = 0u; w < WIDTH4; w += 1u) {
        let at = w * time;
%i
        let x$i = work[k$i + at];
        let y$i = work[v$i + at];
%end
%j
        let q$j = work[queries_at + at + r$j];
        let g$j = work[grads_at + at + r$j];
%i
        s$i_$j += dot(x$i, q$j);
        e$i_$j += dot(y$i, g$j);
%end
%end
      }
%i
%j
      let near$i_$j = (t$i >= second) & (query + $ju < t$i + window);
      let far$i_$j = query + $ju < t$i + reach$j;
      let after$i_$j = (query + $ju < time) & (t$i <= query + $ju);
      let seen$i_$j = after$i_$j & select(near$i_$j, far$i_$j, t$i < hole$j);
      let p$i_$j = select(0.0, exp2(s$i_$j - log_sum$j), seen$i_$j);
      let d$i_$j = p$i_$j * (e$i_$j - delta$j);
%end
%end
%g
%h
%j
      let q$j_$g_$h = work[queries_at + ($gu * HALF4 + $hu) * time + r$j];
      let g$j_$g_$h = work[grads_at + ($gu * HALF4 + $hu) * time + r$j];
%i
      key$i_$g_$h = fma(V(d$i_$j), q$j_$g_$h, key$i_$g_$h);
      value$i_$g_$h = fma(V(p$i_$j), g$j_$g_$h, value$i_$g_$h);
%end
%end
%end
%end
    }
  }
%i
  if (t$i < time) {
    let at = ((row * time + t$i) * kv_heads + kv_head) * WIDTH4;
%g
%h
    grad_values[at + $gu * HALF4 + $hu] = value$i_$g_$h;
%plain
    grad_keys[at + $gu * HALF4 + $hu] = key$i_$g_$h * LN_2;
%end
%end
%end
%rotary
    let angle = select(t$i, t$i - second + prompt, t$i >= second) * WIDTH4;
%h
    let cosine$h = table[angle + $hu] * LN_2;
    let sine$h = table[angle + HALF4 + $hu] * LN_2;
    grad_keys[at + $hu] = key$i_0_$h * cosine$h + key$i_1_$h * sine$h;
    grad_keys[at + HALF4 + $hu] = key$i_1_$h * cosine$h - key$i_0_$h * sine$h;
%end
%end
  }
%end
}

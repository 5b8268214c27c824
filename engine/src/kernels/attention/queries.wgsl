// D = rowsum(dO * O), kept for the other kernel, and dQ = (P * (dO V' - D)) K, turned back. An
// invocation owns queries of one head and walks the keys that the workgroup's queries see.

ENTRY
OWN_QUERIES
  let values_at = info[6] + (row * kv_heads + kv_head) * WIDTH4 * time;
%i
  let t$i = first + $iu * LANES + lane;
  let hole$i = select(NONE, prompt, t$i >= second);
  let reach$i = select(window, reach, t$i >= second);
  let q$i = (row * heads + head) * WIDTH4 * time + min(t$i, time - 1u);
  let g$i = info[7] + q$i;
  let at$i = (row * time + min(t$i, time - 1u)) * heads + head;
  let log_sum$i = log_sums[at$i];
  var delta$i = 0.0;
%g
%h
  var mix$i_$g_$h = V(0.0);
%end
%end
  for (var w = 0u; w < WIDTH4; w += 1u) {
    delta$i += dot(work[g$i + w * time], out[at$i * WIDTH4 + w]);
  }
%end
  for (var key = max(first + 1u, reach) - reach; key < end; key += WALK) {
    if (first >= second && key >= prompt && key < second) {
      key = second;
    }
%j
    let k$j = min(key + $ju, time - 1u);
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
      let x$i = work[q$i + at];
      let y$i = work[g$i + at];
%end
%j
      let u$j = work[keys_at + at + k$j];
      let v$j = work[values_at + at + k$j];
%i
      s$i_$j += dot(x$i, u$j);
      e$i_$j += dot(y$i, v$j);
%end
%end
    }
%i
%j
    let near$i_$j = (key + $ju >= second) & (key + $ju + window > t$i);
    let far$i_$j = key + $ju + reach$i > t$i;
    let seen$i_$j = (key + $ju <= t$i) & select(near$i_$j, far$i_$j, key + $ju < hole$i);
    let d$i_$j = select(0.0, exp2(s$i_$j - log_sum$i) * (e$i_$j - delta$i), seen$i_$j);
%end
%end
%g
%h
%j
    let k$j_$g_$h = work[keys_at + ($gu * HALF4 + $hu) * time + k$j];
%i
    mix$i_$g_$h = fma(V(d$i_$j), k$j_$g_$h, mix$i_$g_$h);
%end
%end
%end
%end
  }
%i
  if (t$i < time) {
    deltas[at$i] = delta$i;
%rotary
    let angle = select(t$i, t$i - second + prompt, t$i >= second) * WIDTH4;
%h
    let cosine$h = table[angle + $hu] * ROOT;
    let sine$h = table[angle + HALF4 + $hu] * ROOT;
    grad_queries[at$i * WIDTH4 + $hu] = mix$i_0_$h * cosine$h + mix$i_1_$h * sine$h;
    grad_queries[at$i * WIDTH4 + HALF4 + $hu] = mix$i_1_$h * cosine$h - mix$i_0_$h * sine$h;
%end
%end
%plain
%g
%h
    grad_queries[at$i * WIDTH4 + ($gu * HALF4 + $hu)] = mix$i_$g_$h * ROOT;
%end
%end
%end
  }
%end
}

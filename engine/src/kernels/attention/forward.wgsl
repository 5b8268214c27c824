// Softmax over keys as they come, with the largest score so far (Milakov & Gimelshein 2018). An
// invocation owns queries of one head and walks the keys that the workgroup's queries see.

ENTRY
OWN_QUERIES
  let values_at = (row * time * kv_heads + kv_head) * WIDTH4;
  let stride = kv_heads * WIDTH4;
%i
  let t$i = first + $iu * LANES + lane;
  let hole$i = select(NONE, prompt, t$i >= second);
  let reach$i = select(window, reach, t$i >= second);
  let q$i = (row * heads + head) * WIDTH4 * time + min(t$i, time - 1u);
  var most$i = LOWEST;
  var sum$i = 0.0;
%g
%h
  var mix$i_$g_$h = V(0.0);
%end
%end
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
%end
%end
    for (var w = 0u; w < WIDTH4; w += 1u) {
      let at = w * time;
%i
      let x$i = work[q$i + at];
%end
%j
      let y$j = work[keys_at + at + k$j];
%i
      s$i_$j += dot(x$i, y$j);
%end
%end
    }
%i
    var next$i = most$i;
%j
    let near$i_$j = (key + $ju >= second) & (key + $ju + window > t$i);
    let far$i_$j = key + $ju + reach$i > t$i;
    let seen$i_$j = (key + $ju <= t$i) & select(near$i_$j, far$i_$j, key + $ju < hole$i);
    next$i = max(next$i, select(LOWEST, s$i_$j, seen$i_$j));
%end
    let shrink$i = exp2(most$i - next$i);
    most$i = next$i;
    sum$i *= shrink$i;
%j
    let p$i_$j = select(0.0, exp2(s$i_$j - next$i), seen$i_$j);
    sum$i += p$i_$j;
%end
%end
%g
%h
%j
    let v$j_$g_$h = values[values_at + k$j * stride + ($gu * HALF4 + $hu)];
%end
%i
    mix$i_$g_$h *= shrink$i;
%j
    mix$i_$g_$h = fma(V(p$i_$j), v$j_$g_$h, mix$i_$g_$h);
%end
%end
%end
%end
  }
%i
  if (t$i < time) {
    let at = (row * time + t$i) * heads + head;
    log_sums[at] = most$i + log2(sum$i);
%g
%h
    out[at * WIDTH4 + ($gu * HALF4 + $hu)] = mix$i_$g_$h / sum$i;
%end
%end
  }
%end
}

  let row = n / (tiles * heads);
  let head = (n / tiles) % heads;
  let kv_head = head / (heads / kv_heads);
  let first = (n % tiles) * TILE;
  if (row >= info[0]) {
    return;
  }
  let end = min(first + TILE, time);
  let prompt = info[8u + 2u * row];
  let second = info[9u + 2u * row];
  let reach = window + second - prompt;
  let keys_at = info[5] + (row * kv_heads + kv_head) * WIDTH4 * time;

// The reference step's work for the peers: Temper's own model and rows, read in the page.

async function bytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.arrayBuffer();
}

/** Tensors of a safetensors file in f32, by name. */
function tensors(file) {
  const length = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
  const read = ([name, { shape, data_offsets: [from, to] }]) => [
    name,
    { shape, values: new Float32Array(file.slice(8 + length + from, 8 + length + to)) },
  ];
  return Object.fromEntries(Object.entries(header).map(read));
}

/** A linear layer's weight from `[out, in]` to `[in, out]`, for `x · w`. */
function turned({ shape: [out, width], values }) {
  const found = new Float32Array(values.length);
  for (let o = 0; o < out; o++) for (let i = 0; i < width; i++) found[i * out + o] = values[o * width + i];
  return { shape: [width, out], values: found };
}

const LINEAR = { q: 'self_attn.q_proj', k: 'self_attn.k_proj', v: 'self_attn.v_proj', o: 'self_attn.o_proj', g: 'mlp.gate_proj', u: 'mlp.up_proj', d: 'mlp.down_proj' };

/** The weights as a tree, each `make`d from a shape and its numbers. */
function weights(stored, layers, make) {
  const of = (name) => make(stored[`${name}.weight`]);
  const block = (at) => {
    const name = (part) => `model.layers.${at}.${part}`;
    const linear = Object.entries(LINEAR).map(([key, part]) => [key, make(turned(stored[`${name(part)}.weight`]))]);
    return { ...Object.fromEntries(linear), n1: of(name('input_layernorm')), n2: of(name('post_attention_layernorm')) };
  };
  return {
    emb: of('model.embed_tokens'),
    head: make(turned(stored['lm_head.weight'])),
    nf: of('model.norm'),
    bl: Array.from({ length: layers }, (_, at) => block(at)),
  };
}

/** A one at each target's place; a column that foretells nothing has none. `[tokens, vocabulary]` */
function oneHot(targets, vocab) {
  const found = new Float32Array(targets.length * vocab);
  targets.forEach((id, at) => {
    if (id !== null) found[at * vocab + id] = 1;
  });
  return found;
}

/** Cosines and sines of rotary positions, each `[time, head width]`. */
function rotary({ rope_theta: base, head_dim: width }, time) {
  const angle = (at) => Math.floor(at / width) / base ** ((2 * (at % (width / 2))) / width);
  const all = Array.from({ length: time * width }, (_, at) => angle(at));
  return [Float32Array.from(all, Math.cos), Float32Array.from(all, Math.sin)];
}

/** Turns a head's halves `(a, b)` into `(-b, a)` as a product: rotary positions need it. `[width, width]` */
function halfTurn(width) {
  const found = new Float32Array(width * width);
  for (let at = 0; at < width / 2; at++) {
    found[at * width + at + width / 2] = 1;
    found[(at + width / 2) * width + at] = -1;
  }
  return found;
}

/** Everything a step needs; `weights` of it come through `make`. */
export async function load(make) {
  const [config, file, text] = await Promise.all([bytes('/model/config.json'), bytes('/model/model.safetensors'), bytes('/work/rows.jsonl')]);
  const decode = (buffer) => new TextDecoder().decode(buffer);
  const shape = JSON.parse(decode(config));
  const rows = decode(text).trim().split('\n').map((line) => JSON.parse(line).input_ids);
  const time = rows[0].length;
  // Each token but a row's first is to be foretold, by the column before it.
  const next = rows.map((row) => [...row.slice(1), null]);
  return {
    weights: weights(tensors(file), shape.num_hidden_layers, make),
    shape,
    rows: rows.length,
    time,
    ids: rows.flat(),
    targets: oneHot(next.flat(), shape.vocab_size),
    counted: rows.length * (time - 1),
    rotary: rotary(shape, time),
    half: halfTurn(shape.head_dim),
    causal: Array.from({ length: time * time }, (_, at) => (at % time <= Math.floor(at / time) ? 0 : -1e9)),
  };
}

// The reference step in jax-js: the same model, rows and AdamW, under `jit`.

import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '/peer/index.js';

import { counted } from './count.js';
import { load } from './work.js';

/** The mean loss as a function of the weights and of what stays the same. */
function lossOf({ shape, rows, time, counted: targets }) {
  const { hidden_size: width, num_attention_heads: heads, head_dim: inner, rms_norm_eps: eps } = shape;
  const rms = (h, gain) => {
    const mean = np.mean(np.square(h.ref), -1, { keepdims: true }).add(eps);
    return h.div(np.sqrt(mean)).mul(gain);
  };
  const split = (z) => np.transpose(z.reshape([rows, time, heads, inner]), [0, 2, 1, 3]);
  return (p, { x, y, mask, cos, sin, half }) => {
    const turn = (z) => z.ref.mul(cos.ref).add(np.matmul(z, half.ref).mul(sin.ref));
    let h = np.matmul(x, p.emb);
    for (const b of p.bl) {
      let n = rms(h.ref, b.n1);
      const q = turn(split(np.matmul(n.ref, b.q)));
      const k = turn(split(np.matmul(n.ref, b.k)));
      const v = split(np.matmul(n, b.v));
      const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).div(Math.sqrt(inner)).add(mask.ref);
      const mixed = np.transpose(np.matmul(nn.softmax(scores, -1), v), [0, 2, 1, 3]);
      h = h.add(np.matmul(mixed.reshape([rows * time, width]), b.o));
      n = rms(h.ref, b.n2);
      h = h.add(np.matmul(nn.silu(np.matmul(n.ref, b.g)).mul(np.matmul(n, b.u)), b.d));
    }
    for (const constant of [mask, cos, sin, half]) constant.dispose();
    return np.sum(nn.logSoftmax(np.matmul(rms(h, p.nf), p.head), -1).mul(y)).div(-targets);
  };
}

/** One step: `(weights, moments, corrections, constants) -> [loss, weights, moments]`. */
function stepOf(loss) {
  const gradient = valueAndGrad(loss);
  return jit((p, m, v, c1, c2, constants) => {
    const [value, g] = gradient(tree.ref(p), constants);
    const m2 = tree.map((a, b) => a.mul(0.9).add(b.mul(0.1)), m, tree.ref(g));
    const v2 = tree.map((a, b) => a.mul(0.999).add(np.square(b).mul(0.001)), v, g);
    const moved = (a, mean, square) => a.sub(mean.mul(c1.ref).div(np.sqrt(square.mul(c2.ref)).add(1e-8)).mul(1e-3));
    const p2 = tree.map(moved, p, tree.ref(m2), tree.ref(v2));
    c1.dispose();
    c2.dispose();
    return [value, p2, m2, v2];
  });
}

function constantsOf({ shape, rows, time, ids, targets, rotary, half, causal }) {
  const { vocab_size: vocab, head_dim: inner } = shape;
  const [cos, sin] = rotary.map((values) => np.array(values).reshape([1, 1, time, inner]));
  return {
    x: nn.oneHot(np.array(ids, { dtype: np.int32 }), vocab),
    y: np.array(targets).reshape([rows * time, vocab]),
    mask: np.array(causal).reshape([1, 1, time, time]),
    cos,
    sin,
    half: np.array(half).reshape([inner, inner]),
  };
}

export async function bench({ steps }) {
  await init('webgpu');
  defaultDevice('webgpu');
  const work = await load(({ shape, values }) => np.array(values).reshape(shape));
  const constants = constantsOf(work);
  const step = stepOf(lossOf(work));
  const zeros = (all) => tree.map((one) => np.zerosLike(one.ref), all);
  let weights = work.weights;
  let [m, v] = [zeros(weights), zeros(weights)];
  const taken = [{ now: performance.now(), counted: counted() }];
  for (let at = 1; at <= steps; at++) {
    const [c1, c2] = [0.9, 0.999].map((beta) => np.array(1 / (1 - beta ** at)));
    let loss;
    [loss, weights, m, v] = step(weights, m, v, c1, c2, tree.ref(constants));
    const [value] = await loss.data();
    taken.push({ now: performance.now(), counted: counted(), loss: value });
  }
  return { taken, device: 'WebGPU' };
}

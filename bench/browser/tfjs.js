// The reference step in TensorFlow.js on WebGPU: the same model, rows and Adam.

import { counted } from './count.js';
import { load } from './work.js';

function script(url) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement('script'), { src: url, onload: resolve });
    element.onerror = () => reject(new Error(`${url} could not be loaded`));
    document.head.append(element);
  });
}

/** The mean loss of the weights as they are. */
function lossOf(tf, { weights, shape, rows, time, ids, targets, counted: all, rotary, half, causal }) {
  const { vocab_size: vocab, hidden_size: width, num_attention_heads: heads, head_dim: inner, rms_norm_eps: eps } = shape;
  const x = tf.tensor1d(ids, 'int32');
  const y = tf.tensor(targets, [rows * time, vocab]);
  const mask = tf.tensor(causal, [1, 1, time, time]);
  const [cos, sin] = rotary.map((values) => tf.tensor(values, [1, 1, time, inner]));
  const rms = (h, gain) => h.mul(h.square().mean(-1, true).add(eps).rsqrt()).mul(gain);
  const split = (z) => z.reshape([rows, time, heads, inner]).transpose([0, 2, 1, 3]);
  const turned = tf.tensor(half, [inner, inner]);
  const turn = (z) => z.mul(cos).add(z.reshape([-1, inner]).matMul(turned).reshape(z.shape).mul(sin));
  return () => {
    let h = tf.gather(weights.emb, x);
    for (const b of weights.bl) {
      let n = rms(h, b.n1);
      const [q, k, v] = [turn(split(n.matMul(b.q))), turn(split(n.matMul(b.k))), split(n.matMul(b.v))];
      const scores = tf.matMul(q, k, false, true).div(Math.sqrt(inner)).add(mask);
      const mixed = tf.matMul(tf.softmax(scores), v).transpose([0, 2, 1, 3]);
      h = h.add(mixed.reshape([rows * time, width]).matMul(b.o));
      n = rms(h, b.n2);
      const gate = n.matMul(b.g);
      h = h.add(gate.mul(tf.sigmoid(gate)).mul(n.matMul(b.u)).matMul(b.d));
    }
    return tf.logSoftmax(rms(h, weights.nf).matMul(weights.head)).mul(y).sum().div(-all);
  };
}

export async function bench({ steps }) {
  await script('/peer/tf.min.js');
  await script('/backend/tf-backend-webgpu.min.js');
  const { tf } = window;
  await tf.setBackend('webgpu');
  await tf.ready();
  const work = await load(({ shape, values }) => tf.variable(tf.tensor(values, shape)));
  const loss = lossOf(tf, work);
  const adam = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const taken = [{ now: performance.now(), counted: counted() }];
  for (let at = 0; at < steps; at++) {
    const found = adam.minimize(loss, true);
    const [value] = await found.data();
    found.dispose();
    taken.push({ now: performance.now(), counted: counted(), loss: value });
  }
  return { taken, device: 'WebGPU' };
}

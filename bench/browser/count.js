// Counts what a page or a worker asks of WebGPU, whichever library asks. Must run before it.
//
// `bound_bytes` is the size of all buffers bound to a dispatch, over all dispatches: what is read
// and written where each kernel touches its buffers once. `peak_bytes` is of buffers that are
// neither destroyed nor collected, so it is an upper bound.

const counts = { dispatches: 0, submits: 0, readbacks: 0, bound_bytes: 0, written_bytes: 0, bytes: 0, peak_bytes: 0 };

/** What was counted so far; nothing where there is no WebGPU. */
export const counted = () => (globalThis.GPUDevice ? { ...counts } : null);

/** Replaces a method by one that does something first, or with the result. */
function watch(type, name, { before, after }) {
  const original = type.prototype[name];
  type.prototype[name] = function (...args) {
    before?.call(this, ...args);
    const result = original.apply(this, args);
    after?.call(this, result, ...args);
    return result;
  };
}

/** Sizes of bind groups, and of those that a pass has bound, by their place. */
const groupBytes = new WeakMap();
const passBytes = new WeakMap();

function bindingBytes({ resource }) {
  if (resource instanceof GPUBuffer) return resource.size;
  if (!(resource?.buffer instanceof GPUBuffer)) return 0;
  return resource.size ?? resource.buffer.size - (resource.offset ?? 0);
}

function dispatched() {
  counts.dispatches += 1;
  for (const bytes of passBytes.get(this)?.values() ?? []) counts.bound_bytes += bytes;
}

function watchBuffers() {
  const live = new WeakMap();
  const gone = (token) => {
    if (!token.gone) counts.bytes -= token.bytes;
    token.gone = true;
  };
  const collected = new FinalizationRegistry(gone);
  watch(GPUDevice, 'createBuffer', {
    after(buffer) {
      const token = { bytes: buffer.size, gone: false };
      live.set(buffer, token);
      collected.register(buffer, token);
      counts.bytes += token.bytes;
      counts.peak_bytes = Math.max(counts.peak_bytes, counts.bytes);
    },
  });
  watch(GPUBuffer, 'destroy', {
    before() {
      const token = live.get(this);
      if (token) gone(token);
    },
  });
  watch(GPUBuffer, 'mapAsync', {
    before(mode) {
      if (mode & GPUMapMode.READ) counts.readbacks += 1;
    },
  });
}

function watchPasses() {
  watch(GPUDevice, 'createBindGroup', {
    after(group, { entries }) {
      groupBytes.set(group, [...entries].reduce((sum, entry) => sum + bindingBytes(entry), 0));
    },
  });
  watch(GPUComputePassEncoder, 'setBindGroup', {
    before(place, group) {
      if (!passBytes.has(this)) passBytes.set(this, new Map());
      passBytes.get(this).set(place, groupBytes.get(group) ?? 0);
    },
  });
  watch(GPUComputePassEncoder, 'dispatchWorkgroups', { before: dispatched });
  watch(GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', { before: dispatched });
}

if (globalThis.GPUDevice) {
  watchBuffers();
  watchPasses();
  watch(GPUQueue, 'submit', { before: () => (counts.submits += 1) });
  watch(GPUQueue, 'writeBuffer', {
    before(_buffer, _offset, data, from, size) {
      const unit = data.BYTES_PER_ELEMENT ?? 1;
      counts.written_bytes += size === undefined ? data.byteLength - (from ?? 0) * unit : size * unit;
    },
  });
}

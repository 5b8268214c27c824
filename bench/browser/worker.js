// Temper's own worker, with its calls of WebGPU counted: what was counted so far goes beside every
// message.

import { counted } from './count.js';

const post = self.postMessage;
self.postMessage = (parcel, transfer) => post.call(self, { ...parcel, counted: counted() }, transfer);

await import('/dist/temper-worker_loader.js');

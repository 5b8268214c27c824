// Leaves each file of the built page compressed beside it, as `.br` and `.gz`, for servers that send
// such, and prints what they weigh.
//
//   node compress.mjs DIST

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

import { filesOf, squeeze } from '../../../tests/browser/weigh.mjs';

/** Both at their best. */
const KINDS = {
  '.br': (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  '.gz': squeeze,
};

/** Where it saves less, servers send the file as it is. */
const WORTH = 0.95;

const dist = process.argv[2];
const sums = { wasm: {}, all: {} };
for (const name of await filesOf(dist)) {
  const file = path.join(dist, name);
  const bytes = await readFile(file);
  const columns = [];
  for (const [ending, compress] of Object.entries(KINDS)) {
    const small = await compress(bytes);
    const worth = small.length < WORTH * bytes.length;
    if (worth) await writeFile(file + ending, small);
    const sent = worth ? small.length : bytes.length;
    for (const sum of file.endsWith('.wasm') ? [sums.wasm, sums.all] : [sums.all]) {
      sum[ending] = (sum[ending] ?? 0) + sent;
    }
    columns.push(`${String(Math.ceil(sent / 1000)).padStart(6)} kB ${ending}`);
  }
  console.log(`${columns.join('  ')}  ${name}`);
}
const told = (sum) => Object.keys(KINDS).map((kind) => `${(sum[kind] / 1e6).toFixed(2)} MB ${kind}`).join(', ');
console.log(`wasm: ${told(sums.wasm)}; all: ${told(sums.all)}`);

// Leaves each file of the built page compressed beside it, as `.br` and `.gz`, for servers that send
// such, and prints what they weigh.
//
//   node compress.mjs DIST

import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Both at their best. */
const KINDS = {
  '.br': (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  '.gz': (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/** Where it saves less, servers send the file as it is. */
const WORTH = 0.95;

const dist = process.argv[2];
const entries = await readdir(dist, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile() && !(path.extname(entry.name) in KINDS));
const sums = { wasm: {}, all: {} };
for (const entry of files) {
  // Older versions of node know the folder as `path` alone.
  const file = path.join(entry.parentPath ?? entry.path, entry.name);
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
  console.log(`${columns.join('  ')}  ${path.relative(dist, file)}`);
}
const told = (sum) => Object.keys(KINDS).map((kind) => `${(sum[kind] / 1e6).toFixed(2)} MB ${kind}`).join(', ');
console.log(`wasm: ${told(sums.wasm)}; all: ${told(sums.all)}`);

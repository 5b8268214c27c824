// What the built page weighs on its way through a network: gzip at its best, as servers send it.
//
//   node weigh.mjs DIST     prints each file's size and the sums

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const LEVEL = { level: constants.Z_BEST_COMPRESSION };

/** The files below a folder, as a server names them: `/index.html`. */
export async function filesOf(dist) {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  // Older versions of node know the folder as `path` alone.
  const place = (entry) => path.join(entry.parentPath ?? entry.path, entry.name);
  const name = (entry) => path.relative(dist, place(entry)).replaceAll(path.sep, '/');
  return entries.filter((entry) => entry.isFile()).map((entry) => `/${name(entry)}`).sort();
}

/** Bytes of a file, compressed. */
export async function gzipped(dist, name) {
  return (await promisify(gzip)(await readFile(path.join(dist, name)), LEVEL)).length;
}

async function main(dist) {
  const sum = { wasm: 0, all: 0 };
  for (const name of await filesOf(dist)) {
    const bytes = await gzipped(dist, name);
    sum.all += bytes;
    if (name.endsWith('.wasm')) sum.wasm += bytes;
    console.log(`${String(Math.ceil(bytes / 1000)).padStart(7)} kB  ${name}`);
  }
  console.log(`compressed: ${(sum.wasm / 1e6).toFixed(2)} MB of wasm, ${(sum.all / 1e6).toFixed(2)} MB in all`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2] ?? 'dist');

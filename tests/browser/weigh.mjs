// What the built page weighs on its way through a network: gzip at its best, as servers send it.

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** Files that a server sends in the place of others. */
const COMPRESSED = ['.br', '.gz'];

/** The files below a folder, as a server names them: `/index.html`. */
export async function filesOf(dist) {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  // Older versions of node know the folder as `path` alone.
  const place = (entry) => path.join(entry.parentPath ?? entry.path, entry.name);
  const name = (entry) => path.relative(dist, place(entry)).replaceAll(path.sep, '/');
  const files = entries.filter((entry) => entry.isFile() && !COMPRESSED.includes(path.extname(entry.name)));
  return files.map((entry) => `/${name(entry)}`).sort();
}

/** Bytes, compressed. */
export function squeeze(bytes) {
  return promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION });
}

/** How many bytes of a file are sent, compressed. */
export async function gzipped(dist, name) {
  return (await squeeze(await readFile(path.join(dist, name)))).length;
}

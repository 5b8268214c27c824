// Waits for what the page offers for download, and says what is in it.

import { watch } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

const PARTIAL = /\.(crdownload|part|tmp)$|^\.|\.org\.chromium\./;
const LOCAL_HEADER = 0x04034b50;

/** Names and sizes of a zip's entries, read from their local headers; the entries are stored. */
export function zipEntries(bytes) {
  const entries = [];
  let at = 0;
  while (at + 30 <= bytes.length && bytes.readUInt32LE(at) === LOCAL_HEADER) {
    const size = bytes.readUInt32LE(at + 18);
    const nameLength = bytes.readUInt16LE(at + 26);
    const extraLength = bytes.readUInt16LE(at + 28);
    entries.push({ name: bytes.toString('utf8', at + 30, at + 30 + nameLength), bytes: size });
    at += 30 + nameLength + extraLength + size;
  }
  return entries;
}

/** The files that arrived, a zip replaced by its entries; null while something is still coming. */
async function arrived(folder) {
  const names = await readdir(folder);
  if (names.length === 0 || names.some((name) => PARTIAL.test(name))) return null;
  const files = [];
  for (const name of names) {
    const bytes = await readFile(path.join(folder, name));
    // Firefox creates the final name empty and fills it by a rename.
    if (bytes.length === 0) return null;
    files.push(...(name.endsWith('.zip') ? zipEntries(bytes) : [{ name, bytes: bytes.length }]));
  }
  return files.length >= 2 ? files : null;
}

/** Resolves when an adapter's two files lie in `folder`, as they are or in a zip. */
export function untilDownloaded(folder, limitMs) {
  return untilFound(folder, limitMs, () => arrived(folder));
}

/** Resolves with the text of the file of this name, once it lies in `folder`. */
export function untilFile(folder, name, limitMs) {
  return untilFound(folder, limitMs, () => readFile(path.join(folder, name), 'utf8'));
}

/** Resolves when `find` finds something in `folder`; looks whenever that changes. */
function untilFound(folder, limitMs, find) {
  return new Promise((resolve, reject) => {
    const watcher = watch(folder);
    const timer = setTimeout(() => finish(reject, new Error('nothing was downloaded in time')), limitMs);
    const finish = (settle, value) => {
      watcher.close();
      clearTimeout(timer);
      settle(value);
    };
    const look = () =>
      find().then(
        (found) => found && finish(resolve, found),
        // Not there yet, or a file renamed while it was read; its new name is the next event.
        (error) => error.code !== 'ENOENT' && finish(reject, error),
      );
    watcher.on('change', look);
    watcher.on('error', (error) => finish(reject, error));
  });
}

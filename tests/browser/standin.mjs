// Stands in for Hugging Face's hub under the page's own origin: one small model, the same with
// another hash told of its weights, one that is gated, nothing else. Slow, so that a download can be
// paused and left in its middle, and it remembers which bytes it was asked for.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where it answers. */
export const HUB = '/hub/';

const ID = 'temper/tiny';
const DAMAGED = 'temper/damaged';
const GATED = 'temper/gated';
const COMMIT = '0123abcd'.repeat(5);
const FILES = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
const CHUNK = 64 * 1024;
const PAUSE_MS = 100;

/** What the hub says of large files beyond their size. */
async function lfs(folder, name, id) {
  if (!name.endsWith('.safetensors')) return {};
  const hash = createHash('sha256').update(await readFile(path.join(folder, name))).digest('hex');
  return { lfs: { sha256: id === DAMAGED ? [...hash].reverse().join('') : hash } };
}

/** What the hub says of a model. */
async function listing(folder, id) {
  const { architectures, model_type } = JSON.parse(await readFile(path.join(folder, 'config.json'), 'utf8'));
  const sibling = async (name) => ({
    rfilename: name,
    size: (await stat(path.join(folder, name))).size,
    ...(await lfs(folder, name, id)),
  });
  return {
    id,
    modelId: id,
    author: 'temper',
    sha: COMMIT,
    private: false,
    gated: false,
    disabled: false,
    pipeline_tag: 'text-generation',
    library_name: 'transformers',
    tags: ['transformers', 'safetensors', model_type, 'text-generation', 'license:apache-2.0'],
    config: { architectures, model_type },
    cardData: { license: 'apache-2.0', language: ['en'] },
    siblings: [{ rfilename: 'README.md', size: 12 }, ...(await Promise.all(FILES.map(sibling)))],
  };
}

function refuse(response, status, code) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-error-code': code });
  response.end(JSON.stringify({ error: code }));
}

/** The first byte of `bytes=N-`; 0 where the whole file is asked for. */
function firstByte(range) {
  const [, first] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  return Number(first ?? 0);
}

/** A stand-in with the files of `folder`. */
export class StandIn {
  constructor(folder) {
    this.folder = folder;
    /** What was asked for: the file, from which byte on, and how many went out. */
    this.requests = [];
  }

  async answer(request, response) {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    const wanted = decodeURIComponent(pathname.slice(HUB.length));
    const ids = [ID, DAMAGED];
    const id = ids.find((id) => wanted === `api/models/${id}/revision/main`);
    const name = FILES.find((name) => ids.some((id) => wanted === `${id}/resolve/${COMMIT}/${name}`));
    if (id) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(await listing(this.folder, id)));
    } else if (name) {
      await this.send(name, request, response);
    } else if (wanted.startsWith(`api/models/${GATED}/`)) {
      refuse(response, 401, 'GatedRepo');
    } else {
      refuse(response, 404, 'RepoNotFound');
    }
  }

  async send(name, request, response) {
    const bytes = await readFile(path.join(this.folder, name));
    const from = firstByte(request.headers.range);
    const asked = { file: name, from, sent: 0 };
    this.requests.push(asked);
    const part = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, {
      ...part,
      'content-type': 'application/octet-stream',
      'content-length': bytes.length - from,
      'cache-control': 'no-store',
    });
    for (let at = from; at < bytes.length && !response.destroyed; at += CHUNK) {
      const chunk = bytes.subarray(at, at + CHUNK);
      response.write(chunk);
      asked.sent += chunk.length;
      await sleep(PAUSE_MS);
    }
    if (!response.destroyed) response.end();
  }
}

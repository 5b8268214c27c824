// Serves several folders under one origin, for the bench: the built page, a peer's package, the
// work to be done.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.wasm': 'application/wasm' };

const PAGE = '<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">';

/** The file that a path of the origin stands for: `/NAME/rest` lies in the folder of that name. */
function place(mounts, pathname) {
  const [, name, ...rest] = decodeURIComponent(pathname).split('/');
  const root = mounts.get(name);
  const file = root && path.join(root, ...rest);
  if (!file?.startsWith(root + path.sep)) throw new Error('outside the served folders');
  return file;
}

async function answer(mounts, request, response) {
  const { pathname } = new URL(request.url, 'http://127.0.0.1');
  if (pathname === '/') {
    response.writeHead(200, { 'content-type': TYPES['.html'] }).end(PAGE);
    return;
  }
  const file = place(mounts, pathname);
  const { size } = await stat(file);
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-length': size, 'cache-control': 'no-store' });
  createReadStream(file).pipe(response);
}

/** Serves `NAME=FOLDER` pairs on loopback; returns the origin and a way to stop. */
export async function serve(pairs) {
  const mounts = new Map(
    pairs.map((pair) => {
      const [name, ...folder] = pair.split('=');
      return [name, path.resolve(folder.join('='))];
    }),
  );
  const server = http.createServer((request, response) => {
    answer(mounts, request, response).catch((error) => {
      response.writeHead(404).end(`${request.url}: ${error.code ?? error.message}`);
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

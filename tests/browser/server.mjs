// A static server for the built page: loopback only, an ephemeral port, proper media types.

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.toml': 'application/toml',
  '.wasm': 'application/wasm',
};

// Sent with every file, so it also binds the worker, which the page's own policy doesn't.
// A request to anywhere else then fails, and the browser reports it to this server.
const REPORTS = '/policy-violations';
const POLICY = [
  "default-src 'self' blob: data:",
  "script-src 'self' blob: 'unsafe-inline' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  `report-uri ${REPORTS}`,
].join('; ');

async function readViolation(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const report = JSON.parse(Buffer.concat(chunks).toString('utf8'))['csp-report'] ?? {};
  return `left the origin: ${report['blocked-uri']} (${report['violated-directive']})`;
}

async function answer(root, request, response) {
  const { pathname } = new URL(request.url, 'http://127.0.0.1');
  const wanted = path.normalize(decodeURIComponent(pathname === '/' ? '/index.html' : pathname));
  const file = path.join(root, wanted);
  if (!file.startsWith(root + path.sep)) throw new Error('outside the served folder');
  const body = await readFile(file);
  response.writeHead(200, {
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
    'cache-control': 'no-store',
  });
  response.end(body);
}

/** Serves `folder`; returns its origin, the violations of its policy and a way to stop. */
export async function serve(folder) {
  const root = path.resolve(folder);
  const violations = [];
  const server = http.createServer((request, response) => {
    if (request.method === 'POST' && request.url === REPORTS) {
      response.writeHead(204).end();
      readViolation(request).then(
        (violation) => violations.push(violation),
        (error) => violations.push(`unreadable report: ${error.message}`),
      );
      return;
    }
    answer(root, request, response).catch((error) => {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`${request.url}: ${error.code ?? error.message}`);
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    violations,
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

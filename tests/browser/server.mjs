// A static server for the built page: loopback only, an ephemeral port, proper media types. It
// stands in for the hub too, counts what it sends, and can close its door.

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

import { HUB, StandIn } from './standin.mjs';

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

/** Whether the page's service worker asks, which keeps files for when there is no network. */
function isForOffline({ headers }) {
  return headers['service-worker'] === 'script' || (headers.referer ?? '').endsWith('/offline.js');
}

/** Sends a file; tells which, how long it is, and for whom. */
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
  return { path: wanted, bytes: body.length, offline: isForOffline(request) };
}

/** Serves `folder`; returns its origin, what it saw and sent, and ways to stop. */
export async function serve(folder) {
  const root = path.resolve(folder);
  const [violations, sent] = [[], []];
  const hub = new StandIn(path.join(root, 'assets', 'tiny'));
  const server = http.createServer((request, response) => {
    if (request.method === 'POST' && request.url === REPORTS) {
      response.writeHead(204).end();
      readViolation(request).then(
        (violation) => violations.push(violation),
        (error) => violations.push(`unreadable report: ${error.message}`),
      );
      return;
    }
    const missing = (error) => {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`${request.url}: ${error.code ?? error.message}`);
    };
    if (request.url.startsWith(HUB)) hub.answer(request, response).catch(missing);
    else answer(root, request, response).then((file) => sent.push(file), missing);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    /** What broke the policy. */
    violations,
    /** The stand-in, which remembers what it was asked for. */
    hub,
    origin: `http://127.0.0.1:${server.address().port}`,
    /** The files that the page itself, not its service worker, was sent so far. */
    sent: () => sent.filter(({ offline }) => !offline),
    /** From now on there is no network; also the end of the visit. */
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

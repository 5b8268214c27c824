// Keeps the page for when there is no network: after the first visit it opens without one. The
// build writes the version and the files; each version has a cache of its own, and an open page
// keeps the version that it began with.

const VERSION = '__VERSION__';
const FILES = __FILES__;
// What few visitors need is kept once it was asked for.
const LATER = __LATER__.map((name) => new URL(name, self.location).href);
const CACHE = `temper-${VERSION}`;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('temper-') && name !== CACHE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      // The page that brought it works offline at once, not from its next visit on.
      .then(() => self.clients.claim()),
  );
});

/** What isn't kept, from the network. */
async function fetched(cache, request) {
  const response = await fetch(request);
  // Without room for it, it is there all the same.
  if (response.ok && LATER.includes(request.url)) await cache.put(request, response.clone()).catch(() => {});
  return response;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  event.respondWith(
    caches.open(CACHE).then(async (cache) => {
      // A page's settings stand in its address; the file is the same.
      const kept = await cache.match(request, { ignoreSearch: request.mode === 'navigate' });
      return kept ?? fetched(cache, request);
    }),
  );
});

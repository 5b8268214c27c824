// After its first visit the page opens and trains without a network.

/** Runs inside the page: resolves once its service worker keeps it; the addresses of what is kept. */
async function untilKept() {
  await navigator.serviceWorker.ready;
  const files = [];
  for (const name of await caches.keys()) files.push(...(await (await caches.open(name)).keys()));
  return files.map(({ url }) => url);
}

/** The door closes; a reload and a run need nothing from behind it. */
export async function offline(page, { device, steps, server }) {
  // The browser looks for a newer version of the script, in vain.
  page.expect(/\/offline\.js$/);
  await page.goto(new URLSearchParams({ device, steps }));
  await page.untilStatus('ready');
  const kept = await page.handle.evaluate(untilKept);
  server.close();
  await page.reload();
  await page.untilStatus('ready');
  await page.train();
  return { kept: kept.length, keepsReader: kept.some((url) => url.includes('parquet-reader')) };
}

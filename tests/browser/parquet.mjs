// Rows in Parquet: what can't be read is refused and loses nothing, the rest is rows like any
// others, found again after a reload.

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../fixtures/trl/', import.meta.url));

/** A file that is refused: in which words, and what is open then. */
async function refused(page, file) {
  const { error } = await page.refusal(() => page.pick('data-input', [file]));
  await page.untilEnabled('data-input');
  return { error, info: await page.text('data-info'), count: await page.text('rows-count') };
}

async function opened(page) {
  await page.until({ testid: 'data-info', includes: 'asked.jsonl' });
  await page.untilEnabled('data-input');
  const first = await page.handle.$eval('[data-testid="row"]', (row) => row.textContent);
  return { info: await page.text('data-info'), count: await page.text('rows-count'), first };
}

/** All of it, and a run on the rows. */
export async function parquet(page, { device, steps, scratch, server }) {
  const [broken, zstd, asked] = ['broken', 'squeezed', 'asked'].map((name) => path.join(scratch, `${name}.parquet`));
  const whole = await readFile(path.join(FIXTURES, 'pairs.parquet'));
  await writeFile(broken, Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.from('and no more')]));
  await copyFile(path.join(FIXTURES, 'zstd.parquet'), zstd);
  await writeFile(asked, whole);
  await page.goto(new URLSearchParams({ device, steps }), 'data');
  await page.untilEnabled('data-input');
  const own = { info: await page.text('data-info'), count: await page.text('rows-count') };
  const cameUnasked = server.sent().some((file) => file.path.includes('parquet-reader'));
  const refusals = [await refused(page, broken), await refused(page, zstd)];
  await page.pick('data-input', [asked]);
  const read = await opened(page);
  await page.untilKept('work', 'asked\\.parquet');
  await page.reload();
  await page.until({ testid: 'rows-home', changedFrom: '' });
  const again = await opened(page);
  await page.visit('train');
  await page.untilStatus('ready');
  await page.train();
  return { own, cameUnasked, refusals, read, again };
}

// The rows of the Data page: a broken file repaired, a table read, searched, edited, taken home and
// found again after a reload.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { untilFile } from './downloads.mjs';

const pair = (at) => ({ prompt: `Say ${at}.`, chosen: ` It is ${at}, with pleasure.`, rejected: ` Not ${at} again.` });
const numbers = (count) => Array.from({ length: count }, (_, at) => at + 1);

/** Six lines, the third cut off and the fifth without answers. */
const BROKEN = numbers(6)
  .map((at) => ({ 3: '{"prompt":"Say 3.","chosen"', 5: '{"question":"five?"}' })[at] ?? JSON.stringify(pair(at)))
  .join('\n');
/** What the third is repaired to. */
const REPAIRED = JSON.stringify(pair(3));

/** A table of twelve pairs, with commas, quotes and a line break inside of fields. */
const TABLE_ROWS = 12;
const TABLE = numbers(TABLE_ROWS)
  .map((at) => (at === 7 ? { ...pair(7), chosen: ' A "zebra", striped\nall over.' } : pair(at)))
  .map((row) => Object.values(row).map((text) => `"${text.replaceAll('"', '""')}"`).join(','))
  .reduce((text, line) => `${text}${line}\n`, 'prompt,chosen,rejected\n');
const EDIT = ' A zebra, edited here.';
/** What the count says when a search finds one of them. */
const ONE_FOUND = { testid: 'rows-count', oneOf: [`1 of ${TABLE_ROWS}`] };

async function repaired(page, file) {
  const { error } = await page.refusal(() => page.pick('data-input', [file]));
  await page.until({ testid: 'rows-refused', changedFrom: '' });
  const troubles = await page.handle.$$eval('[data-testid="row"] .trouble', (all) => all.map((one) => one.textContent));
  const isKept = (await page.text('data-info')).includes('pairs.jsonl');
  await page.clickOne('row', 2);
  await page.fill('row-json', REPAIRED);
  await page.click('row-save');
  await page.untilCount('[data-testid="row"].troubled', troubles.length - 1);
  await page.clickOne('row', 4);
  await page.click('row-leave-out');
  await page.untilCount('[data-testid="row"].troubled', 0);
  await page.click('rows-read');
  await page.until({ testid: 'data-info', includes: 'broken.jsonl' });
  await page.untilGone('rows-refused');
  return { error, troubles, isKept, info: await page.text('data-info'), count: await page.text('rows-count') };
}

async function edited(page, file, scratch) {
  await page.pick('data-input', [file]);
  await page.until({ testid: 'data-info', includes: 'table.jsonl' });
  const [info, count, aside] = [await page.text('data-info'), await page.text('rows-count'), await page.text('rows-aside')];
  await page.fill('rows-search', 'striped');
  await page.until(ONE_FOUND);
  await page.clickOne('row', 0);
  const before = await page.value('row-chosen');
  await page.fill('row-chosen', EDIT);
  await page.click('row-save');
  await page.until({ testid: 'rows-changed', changedFrom: '' });
  await page.click('row-close');
  const exported = untilFile(scratch, 'table.jsonl', page.limitMs);
  await page.click('rows-export');
  const lines = (await exported).trim().split('\n').map((line) => JSON.parse(line));
  const withEdit = lines.filter(({ chosen }) => chosen === EDIT).length;
  return { info, count, aside, before, exported: lines.length, withEdit };
}

async function foundAgain(page) {
  await page.untilKept('work', EDIT);
  await page.reload();
  await page.until({ testid: 'rows-home', changedFrom: '' });
  await page.untilEnabled('data-input');
  const [home, info, count] = [await page.text('rows-home'), await page.text('data-info'), await page.text('rows-count')];
  await page.fill('rows-search', 'edited here');
  await page.until(ONE_FOUND);
  return { home, info, count };
}

/** All of it, and a run on the rows that were edited before the reload. */
export async function data(page, { device, steps, scratch }) {
  const files = { 'broken.jsonl': BROKEN, 'table.csv': TABLE };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(scratch, name), text);
  await page.goto(new URLSearchParams({ device, steps }), 'data');
  await page.untilEnabled('data-input');
  const own = await page.text('rows-count');
  const repair = await repaired(page, path.join(scratch, 'broken.jsonl'));
  const edit = await edited(page, path.join(scratch, 'table.csv'), scratch);
  const again = await foundAgain(page);
  await page.visit('train');
  await page.untilStatus('ready');
  await page.train();
  return { own, repair, edit, again };
}

// The first minute: how long it takes, what it weighs, and that a keyboard is enough for it.

import { recordFrames, sides, takeFrames } from './inside.mjs';
import { filesOf, gzipped } from './weigh.mjs';

/** Steps on a software adapter, where one takes seconds. */
const FEW_STEPS = '6';
/** The most presses of Tab that anything near may take. */
const MOST_TABS = 40;

const isTold = ({ before, after }) => after !== '' && after !== '…' && after !== before;

/** Waits until a prompt has two different answers; the run's end ends the wait too. */
async function untilTold(page) {
  await page.until({ testid: 'sides', changedFrom: '' });
  for (;;) {
    const [before, status] = [await page.text('sides'), await page.text('status')];
    const told = await page.handle.evaluate(sides);
    if (told.some(isTold) || ['done', 'failed'].includes(status)) return told;
    await page.until({ testid: 'sides', changedFrom: before }, { testid: 'status', oneOf: ['done'] });
  }
}

/** From the address to a changed model by one click. */
export async function firstMinute(page, { device, server }) {
  const isSlow = device === 'webgpu';
  const began = performance.now();
  const since = () => Math.round(performance.now() - began) / 1000;
  await page.goto(new URLSearchParams(isSlow ? { device, steps: FEW_STEPS } : { device }), 'start');
  await page.untilEnabled('try');
  const [secsToReady, firstPaintMs] = [since(), await page.firstPaint()];
  await page.click('try');
  await page.untilStatus('training');
  const startUpTaskMs = await page.longestTask();
  await page.handle.evaluate(recordFrames);
  const transferredBytes = server.sent().reduce((sum, { bytes }) => sum + bytes, 0);
  const told = await untilTold(page);
  const [secsToFirstResult, clicks] = [since(), page.clicks];
  if (isSlow && (await page.text('status')) === 'training') await page.click('try-stop');
  await page.untilStatus('done');
  const times = { secsToReady, secsToFirstResult, secsToDone: since(), firstPaintMs };
  const frames = await page.handle.evaluate(takeFrames);
  const trainingTaskMs = await page.longestTask();
  const last = await page.handle.evaluate(sides);
  return { ...times, clicks, transferredBytes, startUpTaskMs, trainingTaskMs, frames, sides: last, firstSides: told };
}

/** What has to come over the network before training starts, as a server sends it compressed. */
export async function weights(page, { device, steps, dist, server }) {
  await page.goto(new URLSearchParams({ autostart: '1', device, steps }), 'start');
  await page.untilStatus('training');
  const needed = [...new Set(server.sent().map(({ path }) => path))];
  const files = await Promise.all(needed.map(async (name) => ({ name, bytes: await gzipped(dist, name) })));
  const total = (of) => of.reduce((sum, { bytes }) => sum + bytes, 0);
  await page.untilStatus('done');
  return {
    files,
    wasmBytes: total(files.filter(({ name }) => name.endsWith('.wasm'))),
    totalUntilTraining: total(files),
    unneeded: (await filesOf(dist)).filter((name) => !needed.includes(name)),
  };
}

/** Presses Tab, or Shift and Tab, until a control has the focus; returns how often. */
async function tabTo(page, testid, { back = false } = {}) {
  if (back) await page.handle.keyboard.down('Shift');
  let tabs = 0;
  for (; tabs < MOST_TABS && (await page.focused()) !== testid; tabs += 1) await page.press('Tab');
  if (back) await page.handle.keyboard.up('Shift');
  const focused = await page.focused();
  if (focused !== testid) throw new Error(`after ${tabs} tabs the focus is on ${focused}, not on ${testid}`);
  return tabs;
}

/** The first run and the way to its numbers by Tab and Enter alone. */
export async function keyboard(page, { device }) {
  await page.goto(new URLSearchParams({ device }), 'start');
  await page.untilEnabled('try');
  await page.press('Tab');
  const first = await page.handle.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  await page.press('Enter');
  const skippedTo = await page.handle.evaluate(() => document.activeElement?.id ?? '');
  const tabsToTry = await tabTo(page, 'try');
  await page.press('Enter');
  await page.untilStatus('training');
  const tabsToNav = await tabTo(page, 'nav-train', { back: true });
  await page.press('Enter');
  await page.seen('[data-testid="nav-train"][aria-current="page"]');
  await page.untilStatus('done');
  return { first, skippedTo, tabsToTry, tabsToNav };
}

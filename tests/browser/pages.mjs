// Every place of the page, light and dark, wide and narrow: seen, checked by axe-core, and without
// anything that hangs over the side.

import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The places, each with what shows that it is all there. */
const PLACES = [
  { place: 'start', sign: '[data-testid="try"]' },
  { place: 'model', sign: '[data-testid="model-fit"]' },
  { place: 'data', sign: '[data-testid="row"]' },
  { place: 'data/arena', sign: '[data-testid="arena-skip"]:not([aria-disabled])' },
  { place: 'data/rate', sign: '[data-testid="rate-skip"]:not([aria-disabled])' },
  { place: 'data/judge', sign: '[data-testid="judge-start"]' },
  { place: 'train', sign: '[data-testid="start"]' },
  { place: 'compare', sign: '[data-testid="runs-table"], [data-testid="runs-empty"]' },
  { place: 'learn', sign: '[data-testid="learn-overview"]' },
  { place: 'learn/dpo', sign: '[data-testid="learn-topic"][data-topic="dpo"]' },
  { place: 'learn/class', sign: '[data-testid="tour"]' },
];
const WIDE = 1280;
const NARROW = 360;
const THEMES = ['light', 'dark'];
/** Places that look otherwise before anything was trained. */
const EMPTY = ['start', 'train', 'compare'];

/** Runs inside the page: what axe-core finds that keeps people out. */
async function violations() {
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.length} nodes: ${nodes[0].html}`);
}

/** Runs inside the page: how wide it is, and the first few elements that reach over the side. */
function overhang(width) {
  const over = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > width + 1);
  const name = (one) => `${one.tagName.toLowerCase()}.${one.getAttribute('class') ?? one.id}`;
  return { wide: document.documentElement.scrollWidth, over: over.slice(0, 3).map(name) };
}

/** Runs inside the page: after the next frame all is where it belongs. */
function settled() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}

async function show(page, { place, sign }, theme, width) {
  await page.handle.setViewport({ width, height: 900 });
  await page.visit(place);
  const there = await page.handle.waitForSelector(sign, { timeout: page.limitMs });
  await there.dispose();
  // The button names the other theme.
  const isDark = (await page.text('theme')) === 'Light';
  if (isDark !== (theme === 'dark')) await page.click('theme');
  await page.handle.evaluate(settled);
}

async function check(page, { place }, theme, width) {
  const { wide, over } = await page.handle.evaluate(overhang, width);
  if (wide > width + 1) page.problems.push(`wide ${place} ${theme}: ${wide} px of ${width}: ${over.join(', ')}`);
  if (width !== WIDE) return;
  const found = await page.handle.evaluate(violations);
  page.problems.push(...found.map((words) => `axe ${place} ${theme}: ${words}`));
}

async function shoot(page, shots, name) {
  if (!shots) return;
  await mkdir(shots, { recursive: true });
  await page.screenshot(path.join(shots, `${name.replaceAll('/', '-')}.png`));
}

/** Trains a little, and looks at rows, so that there is something to see. */
async function furnish(page) {
  await page.visit('train');
  await page.train();
  await page.click('token-refresh');
  await page.until({ testid: 'token-margin', changedFrom: '' });
  await page.click('glass-look');
  await page.until({ testid: 'glass-loss', changedFrom: '' });
}

/** All places in all looks. */
export async function pages(page, { device, steps, shots }) {
  const axe = process.env.TEMPER_AXE;
  if (!axe) throw new Error('TEMPER_AXE must name the script of axe-core');
  await page.handle.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  await page.goto(new URLSearchParams({ device, steps }));
  await page.untilStatus('ready');
  await page.handle.evaluate(`${await readFile(axe, 'utf8')}\n;undefined`);
  let looks = 0;
  const look = async (at, theme, width, note = '') => {
    await show(page, at, theme, width);
    await check(page, at, theme, width);
    await shoot(page, shots, `${at.place}${note}-${theme}-${width}`);
    looks += 1;
  };
  for (const at of PLACES.filter(({ place }) => EMPTY.includes(place))) await look(at, 'light', WIDE, '-empty');
  await furnish(page);
  for (const width of [WIDE, NARROW]) {
    for (const theme of THEMES) {
      for (const at of PLACES) await look(at, theme, width);
    }
  }
  await page.handle.setViewport({ width: WIDE, height: 900 });
  return { looks };
}

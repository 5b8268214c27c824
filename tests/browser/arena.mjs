// Preferences given by hand, ratings, and those of a referee; then a run on what was collected.

/** The most prompts whose answers may be of no use: both alike, or one empty. */
const MOST_SKIPS = 20;

/** Does something that changes what was collected, and waits for the count. */
async function counted(page, kind, act) {
  const before = await page.text(`${kind}-count`);
  await act();
  await page.until({ testid: `${kind}-count`, changedFrom: before });
  return page.text(`${kind}-count`);
}

const isOff = (page, testid) =>
  page.handle.$eval(`[data-testid="${testid}"]`, (button) => button.getAttribute('aria-disabled') === 'true');

/** Waits until something can be said of what is on show; skips what nothing can be said of. */
async function untilReadable(page, kind, button) {
  for (let skips = 0; skips <= MOST_SKIPS; skips += 1) {
    await page.untilEnabled(`${kind}-skip`);
    if (!(await isOff(page, button))) return;
    await counted(page, kind, () => page.click(`${kind}-skip`));
  }
  throw new Error(`${MOST_SKIPS} draws in a row were of no use`);
}

/** A verdict by its key, with the focus where the answers are. */
async function byKey(page, key) {
  await page.handle.focus('.arena-stage');
  await page.press(key);
}

async function rowsOfTable(page) {
  await page.visit('data');
  const text = await page.text('rows-train');
  return Number(text.replace(/\D/g, ''));
}

/** Three pairs, a tie, a skip, and a fourth pair that is taken back. */
async function collected(page) {
  await page.visit('data/arena');
  const say = async (act) => {
    await untilReadable(page, 'arena', 'arena-choose-left');
    return counted(page, 'arena', act);
  };
  await say(() => byKey(page, '1'));
  await say(() => byKey(page, '2'));
  const three = await say(() => page.click('arena-choose-left'));
  const tied = await say(() => page.click('arena-tie'));
  const skipped = await say(() => page.click('arena-skip'));
  const four = await say(() => byKey(page, '1'));
  const undone = await counted(page, 'arena', () => byKey(page, 'u'));
  return { three, tied, skipped, four, undone };
}

async function rated(page) {
  await page.visit('data/rate');
  for (const button of ['rate-up', 'rate-up', 'rate-down']) {
    await untilReadable(page, 'rate', button);
    await counted(page, 'rate', () => page.click(button));
  }
  return page.text('rate-count');
}

async function judged(page, pairs) {
  await page.visit('data/judge');
  await page.enter('judge-count', String(pairs));
  await page.untilEnabled('judge-start');
  await page.click('judge-start');
  const failed = { testid: 'judge-failure', changedFrom: '' };
  await page.until({ testid: 'judge-total', includes: `${pairs} pairs judged` }, failed);
  return {
    total: await page.text('judge-total'),
    agreement: await page.text('judge-agreement'),
    failure: await page.text('judge-failure'),
  };
}

/** All of it. */
export async function arena(page, { device, steps }) {
  await page.goto(new URLSearchParams({ device, steps }), 'data');
  await page.untilEnabled('data-input');
  const rowsBefore = await rowsOfTable(page);
  const pairs = await collected(page);
  const rowsAfter = await rowsOfTable(page);
  const ratings = await rated(page);
  const judge = await judged(page, 12);
  await page.visit('train');
  await page.train();
  await page.visit('data');
  return { pairs, ratings, judge, rowsBefore, rowsAfter, info: await page.text('data-info') };
}

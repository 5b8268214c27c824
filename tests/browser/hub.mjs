// A model from the hub, which standin.mjs stands in for: looked up, downloaded with a pause and a
// reload in the middle, opened, trained.

/** So far a download goes before it is paused, and so much further before the page is reloaded. */
const BEFORE_PAUSE = 600_000;
const BEFORE_RELOAD = 500_000;

async function lookUp(page, id) {
  await page.fill('hub-id', id);
  await page.click('hub-look');
  await page.until({ testid: 'hub-licence', changedFrom: '' }, { testid: 'hub-error', changedFrom: '' });
}

/** What is said of an id that can't be had. */
async function refused(page, id) {
  await lookUp(page, id);
  return page.text('hub-error');
}

const done = (page) => page.handle.$eval('[data-testid="hub-progress"]', (bar) => bar.value);

/** A download that is paused, goes on, and is left by a reload. */
async function interrupted(page) {
  await page.click('hub-download');
  await page.untilBar('hub-progress', BEFORE_PAUSE);
  await page.click('hub-pause');
  await page.until({ testid: 'hub-pause', oneOf: ['Resume'] });
  const [pausedAt, paused] = [await done(page), await page.text('hub-pace')];
  // Resumes: it is one button.
  await page.click('hub-pause');
  await page.untilBar('hub-progress', pausedAt + BEFORE_RELOAD);
  await page.reload();
  return { pausedAt, paused };
}

/** A file of the right length that isn't the hub's is told of, and fetched anew on Resume. */
async function damaged(page, weights) {
  const before = weights().length;
  await lookUp(page, 'temper/damaged');
  await page.click('hub-download');
  await page.until({ testid: 'hub-error', changedFrom: '' });
  await page.click('hub-pause');
  await page.until({ testid: 'hub-error', changedFrom: '' });
  const words = await page.text('hub-error');
  await page.click('hub-cancel');
  await page.untilGone('hub-progress');
  const begins = weights().slice(before).map(({ from }) => from);
  return { words, begins, after: await page.text('hub-error') };
}

/** All of it. */
export async function hub(page, { device, steps, server }) {
  page.expect(/\/hub\/api\/models\/temper\/(gated|none)\//);
  await page.goto(new URLSearchParams({ device, steps, hub: './hub' }), 'model');
  await page.untilEnabled('model-input');
  const words = { gated: await refused(page, 'temper/gated'), missing: await refused(page, 'temper/none') };
  await lookUp(page, 'temper/tiny');
  const found = {};
  for (const name of ['licence', 'size', 'fit', 'error']) found[name] = await page.text(`hub-${name}`);
  const { pausedAt, paused } = await interrupted(page);
  await page.until({ testid: 'hub-cached-resume', changedFrom: '' });
  const kept = await page.text('hub-cached-item');
  await page.click('hub-cached-resume');
  await page.until({ testid: 'hub-cached-open', changedFrom: '' }, { testid: 'hub-error', changedFrom: '' });
  await page.untilEnabled('hub-cached-open');
  await page.click('hub-cached-open');
  await page.until({ testid: 'model-info', includes: 'temper/tiny' });
  const weights = () => server.hub.requests.filter(({ file }) => file === 'model.safetensors');
  const requests = weights();
  const broken = await damaged(page, weights);
  await page.visit('train');
  await page.untilOne({ testid: 'status', oneOf: ['ready'] });
  await page.train();
  return { words, found, pausedAt, paused, kept, requests, broken };
}

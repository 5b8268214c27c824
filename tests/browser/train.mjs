// What the Train page shows of a run: the loss under glass, tokens, other runs in the charts; and
// what it keeps: a run that a reload interrupted.

/** Steps of a run that begins with another's weights. */
const BRANCH_STEPS = '4';
/** Steps that a run goes on for after a reload. */
const GOES_ON = 3;

/** A number as the page's glass tells it to scripts. */
const loss = (page) => page.handle.$eval('[data-testid="glass-loss"]', (one) => Number(one.dataset.value));

async function tokens(page) {
  await page.click('token-refresh');
  await page.until({ testid: 'token-refresh', oneOf: ['Look'] });
  const sums = [await page.text('token-sum-chosen'), await page.text('token-sum-rejected')];
  return { count: await page.visible('[data-testid="token-view"] .token'), sums, margin: await page.text('token-margin') };
}

/** A run from the first checkpoint of the one before. */
async function branched(page) {
  await page.fill('steps', BRANCH_STEPS);
  await page.unfold('branches');
  const from = (await page.choices('branch-from')).at(-1);
  await page.choose('branch-from', from);
  const button = await page.text('branch');
  await page.click('branch');
  const { status, error } = await page.untilStatus('done');
  return { from, button, status, error, step: await page.step() };
}

/** The other run in the charts and out again. */
async function overlaid(page) {
  const legend = await page.text('run-legend');
  const shown = () => page.visible('.chart-other');
  await page.clickOn('[data-testid^="overlay-"]:not([disabled])');
  await page.seen('.chart-other');
  const on = await shown();
  await page.clickOn('[data-testid^="overlay-"]:not([disabled])');
  await page.untilCount('.chart-other', 0);
  return { legend, on, off: await shown() };
}

/** A row under glass while a run goes on, its tokens, a branch, and both runs in one chart. */
export async function glass(page, { device, steps }) {
  await page.goto(new URLSearchParams({ device, steps }));
  await page.untilStatus('ready');
  await page.click('glass-look');
  await page.until({ testid: 'glass-loss', changedFrom: '' });
  const follows = await page.isOn('glass-follow');
  const [shown, lossBefore] = [await page.text('glass-loss'), await loss(page)];
  const tokensBefore = await tokens(page);
  await page.click('start');
  await page.untilStatus('training');
  const startUpTaskMs = await page.longestTask();
  const { status: statusAtChange } = await page.until({ testid: 'glass-loss', changedFrom: shown });
  const lossDuring = await loss(page);
  await page.untilStatus('done');
  const trainingTaskMs = await page.longestTask();
  const tokensAfter = await tokens(page);
  const runs = { branch: await branched(page), overlay: await overlaid(page) };
  const tasks = { startUpTaskMs, trainingTaskMs };
  return { follows, lossBefore, lossDuring, statusAtChange, tokensBefore, tokensAfter, ...runs, ...tasks };
}

/** A run that a reload interrupts goes on from its checkpoint. */
export async function reload(page, { device, steps }) {
  await page.goto(new URLSearchParams({ device, steps }));
  await page.untilStatus('ready');
  await page.click('start');
  await page.untilStatus('training');
  await page.untilKept('records', '"checkpoints":\\[\\d');
  await page.reload();
  await page.until({ testid: 'interrupted', changedFrom: '' });
  const words = await page.text('interrupted');
  const checkpoint = Number(/step (\d+)/.exec(words)?.[1]);
  await page.click('resume-interrupted');
  await page.until({ testid: 'step', atLeast: checkpoint + GOES_ON });
  await page.click('stop');
  await page.untilStatus('done');
  return { words, checkpoint, stoppedAt: await page.step(), ...(await page.logged()) };
}

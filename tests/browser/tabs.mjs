// Two tabs of one browser: a run goes on in the first, the second one sees it, takes it up when the
// first is closed, and ends it.

const NAME = 'renamed elsewhere';

/** A run that has left a checkpoint and goes on. */
async function begun(tab, query) {
  await tab.goto(query);
  await tab.untilStatus('ready');
  await tab.click('start');
  await tab.untilStatus('training');
  await tab.untilKept('records', '"checkpoints":\\[\\d');
}

/** Waits for another of the first tab's steps, which come without a reload. */
async function nextSteps(page) {
  const steps = await page.text('run-steps');
  await page.until({ testid: 'run-steps', changedFrom: steps });
  return page.text('run-steps');
}

/** The run in the table while the first tab trains it; its new name stays when that tab writes on. */
async function lookedAt(page) {
  await page.visit('compare');
  await page.untilCount('[data-testid="run-row"]', 1);
  const state = await page.text('run-state');
  const canForget = await page.handle.$eval('[data-testid="run-forget"]', (button) => !button.disabled);
  const before = await page.text('run-steps');
  await page.click('run-rename');
  await page.fill('run-name-field', NAME);
  await page.click('run-name-save');
  await page.until({ testid: 'run-name', oneOf: [NAME] });
  await nextSteps(page);
  const steps = [before, await nextSteps(page)].map(Number);
  return { state, canForget, steps, name: await page.text('run-name') };
}

/** What is left of it once the first tab is gone. */
async function left(page) {
  await page.until({ testid: 'run-state', oneOf: ['interrupted'] });
  await page.until({ testid: 'interrupted', changedFrom: '' });
  const [words, elsewhere] = [await page.text('interrupted'), await page.text('elsewhere')];
  return { words, elsewhere, checkpoint: Number(/step (\d+)/.exec(words)?.[1]) };
}

/** All of it. */
export async function tabs(page, { device, steps }) {
  const query = new URLSearchParams({ device, steps });
  const first = await page.another();
  await begun(first, query);
  await page.handle.bringToFront();
  await page.goto(query);
  await page.untilStatus('ready');
  await page.until({ testid: 'elsewhere', changedFrom: '' });
  const told = { elsewhere: await page.text('elsewhere'), interrupted: await page.text('interrupted') };
  const during = await lookedAt(page);
  await first.handle.close();
  const after = await left(page);
  await page.click('resume-interrupted');
  await page.until({ testid: 'step', atLeast: after.checkpoint + 1 });
  await page.click('stop');
  await page.untilStatus('done');
  const logged = await page.logged();
  await page.visit('compare');
  await page.until({ testid: 'run-state', oneOf: ['stopped'] });
  const end = { rows: await page.visible('[data-testid="run-row"]'), name: await page.text('run-name') };
  return { told, during, after, end, ...logged };
}

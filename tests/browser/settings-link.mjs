// Settings in the address: a link that another tab opens, one that is pasted into an open page or
// gone back to, one that can't be read, and one that comes while a run goes on.

const BETA = 'option-dpo-beta';
/** Steps enough to paste something meanwhile. */
const LONG = '400';
const UNREADABLE = '#/train?dpo.beta=a%20lot';
const UNKNOWN = '#/train?method=grpo&dpo.gamma=1';

/** Pasted over an address without settings, and back to that: the first form again. */
async function plain(page) {
  await page.visit('train');
  await page.handle.waitForFunction(() => history.state === true, { timeout: page.limitMs });
  const first = await page.value(BETA);
  await page.paste('#/train?dpo.beta=0.5');
  await page.untilHolds(BETA, '0.5');
  await page.handle.evaluate(() => history.back());
  await page.untilHolds(BETA, first);
  return { first, hash: await page.hash() };
}

/** Pasted into an open page, and back to what was there before, and forth. */
async function pasted(page) {
  await page.paste('#/train?dpo.beta=0.5&loop.max_steps=3');
  await page.untilHolds(BETA, '0.5');
  const steps = await page.value('steps');
  await page.handle.evaluate(() => history.back());
  await page.untilHolds(BETA, '0.25');
  const back = await page.value('steps');
  await page.handle.evaluate(() => history.forward());
  await page.untilHolds(BETA, '0.5');
  const hash = await page.hash();
  return { steps, back, hash, status: await page.text('status') };
}

/** A link to a method that wants other rows of the open data. */
async function otherRows(page) {
  await page.paste('#/train?method=kto&kto.beta=0.2');
  await page.untilHolds('option-kto-beta', '0.2');
  await page.untilStatus('ready');
  const method = await page.value('method');
  await page.visit('data');
  const rows = await page.text('data-info');
  await page.visit('train');
  const hash = await page.hash();
  return { method, rows, hash };
}

/** What is told of links that can't be read, pasted into an open page or opened with it. */
async function unreadable(page) {
  await page.until({ testid: 'estimate', includes: 'is not a number' });
  return page.text('estimate');
}

async function unknown(page) {
  await page.until({ testid: 'form-error', changedFrom: '' });
  return page.text('form-error');
}

async function refused(page, hash, told) {
  await page.paste(hash);
  return told(page);
}

/** While a run goes on a link changes nothing; it waits until somebody takes it over. */
async function whileTraining(page) {
  await page.paste(`#/train?loop.max_steps=${LONG}`);
  await page.untilHolds('steps', LONG);
  await page.click('start');
  await page.untilStatus('training');
  await page.paste('#/train?dpo.beta=0.75&loop.max_steps=2');
  await page.until({ testid: 'link-waits', changedFrom: '' });
  const words = await page.text('link-waits');
  const during = { beta: await page.value(BETA), steps: await page.value('steps') };
  await page.click('stop');
  await page.untilStatus('done');
  const after = { beta: await page.value(BETA), steps: await page.value('steps') };
  await page.click('link-take');
  await page.untilHolds(BETA, '0.75');
  await page.untilGone('link-waits');
  return { words, during, after, taken: await page.value('steps'), status: await page.text('status') };
}

/** Opens a page with such an address, does something there and closes it. */
async function opened(page, device, hash, act) {
  const other = await page.another();
  await other.goto(new URLSearchParams({ device }), hash.slice('#/'.length));
  await other.untilStatus('ready');
  const seen = await act(other);
  await other.handle.close();
  await page.handle.bringToFront();
  return seen;
}

/** Shows what a link holds, and trains it. */
async function trained(other) {
  const fields = { beta: await other.value(BETA), steps: await other.value('steps') };
  const differs = await other.text('differs');
  await other.train();
  return { ...(await other.report()), fields, differs };
}

/** All of it. */
export async function settingsLink(page, { device, steps }) {
  await page.goto(new URLSearchParams({ device }));
  await page.untilStatus('ready');
  const back = await plain(page);
  await page.fill(BETA, '0.25');
  await page.fill('steps', steps);
  const holds = (steps) => ['dpo.beta=0.25', `loop.max_steps=${steps}`].every((part) => location.hash.includes(part));
  await page.handle.waitForFunction(holds, { timeout: page.limitMs }, steps);
  const link = await page.hash();
  const here = { plain: back, pasted: await pasted(page), rows: await otherRows(page) };
  const told = [await refused(page, UNREADABLE, unreadable), await refused(page, UNKNOWN, unknown)];
  const waited = await whileTraining(page);
  const again = [
    await opened(page, device, UNREADABLE, unreadable),
    await opened(page, device, UNKNOWN, unknown),
  ];
  return { ...(await opened(page, device, link, trained)), link, ...here, told, again, waited };
}

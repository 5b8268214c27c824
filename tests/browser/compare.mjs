// Two runs beside one another: what sets them apart, their curves, which writes better, and one of
// them forgotten.

const PROMPTS = '4';
const WIN_FAILED = { testid: 'bench-error', changedFrom: '' };

/** How often the newest run beats the model as it came, by the lesson's rule. */
async function winRate(page) {
  await page.choose('win-by', 'gold');
  await page.enter('win-count', PROMPTS);
  await page.click('win-start');
  await page.until({ testid: 'win-result', changedFrom: '' }, WIN_FAILED);
  return { result: await page.text('win-result'), error: await page.text('bench-error') };
}

/** Reward and distance of the newest run. */
async function measured(page) {
  await page.untilEnabled('frontier-measure');
  await page.clickOne('frontier-measure', 0);
  await page.until({ testid: 'frontier-result', changedFrom: '' }, WIN_FAILED);
  return { result: await page.text('frontier-result'), error: await page.text('bench-error') };
}

async function forgotten(page) {
  await page.untilEnabled('run-forget');
  await page.clickOne('run-forget', 0);
  await page.click('forget-yes');
  await page.untilCount('[data-testid="run-row"]', 1);
  return page.visible('[data-testid="run-row"]');
}

/** All of it. */
export async function compare(page, { device, steps }) {
  await page.goto(new URLSearchParams({ device, steps }));
  await page.untilStatus('ready');
  await page.train();
  // The first preset of DPO is another beta; it brings the example's steps back.
  await page.click('preset-0');
  await page.fill('steps', steps);
  const preset = await page.text('differs');
  await page.train();
  await page.visit('compare');
  await page.untilCount('[data-testid="run-row"]', 2);
  const rows = await page.visible('[data-testid="run-row"]');
  const settings = await page.text('compare-settings');
  const curves = await page.visible('[data-testid="compare-curves"] .area path[d^="M"]');
  const names = await page.handle.$$eval('[data-testid="run-name"]', (all) => all.map((one) => one.textContent));
  const found = { win: await winRate(page), frontier: await measured(page), left: await forgotten(page) };
  return { preset, rows, names, settings, curves, ...found };
}

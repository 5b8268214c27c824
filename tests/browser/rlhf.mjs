// The classic pipeline in the tab: a reward model, PPO against it; then AI feedback, where a judge
// prefers while the policy learns. And the words where either isn't there yet.

import { readdir } from 'node:fs/promises';
import path from 'node:path';

import { untilDownloaded } from './downloads.mjs';

/** The default model, which writes reviews whatever it is asked. */
const MUTE = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
/** Answers of one step under a judge, which reads each pair in both orders. */
const JUDGED_AT_ONCE = '4';

/** Shows a method as its example has it, to be scored by somebody else. */
async function show(page, method, steps, by) {
  await page.choose('method', method);
  await page.untilStatus('ready');
  await page.fill('steps', steps);
  await page.choose('option-score-by', by);
}

/** Why the form's run doesn't start. */
async function refused(page) {
  await page.click('start');
  await page.until({ testid: 'form-error', changedFrom: '' });
  return page.text('form-error');
}

/** PPO where no reward model was trained yet, and the way to one. */
async function without(page, steps) {
  await show(page, 'ppo', steps, 'reward_model');
  await page.until({ testid: 'reward-none', changedFrom: '' });
  const [words, error] = [await page.text('reward-none'), await refused(page)];
  await page.click('reward-train');
  await page.untilStatus('ready');
  const isOnMethod = () => document.activeElement?.dataset?.testid === 'method';
  await page.handle.waitForFunction(isOnMethod, { timeout: page.limitMs });
  return { words, error, method: await page.value('method') };
}

/** PPO against the reward model of the run before. */
async function against(page, steps, scratch) {
  await show(page, 'ppo', steps, 'reward_model');
  await page.seen('[data-testid="option-score-adapter"] option');
  const [run] = await page.choices('option-score-adapter');
  const title = await page.text('option-score-adapter');
  await page.choose('option-score-adapter', run);
  await page.train();
  // With the reward model's number, which a resumed run reads it by once more.
  await page.untilKept('records', `"by":"reward_model","adapter":"${run}"`);
  const scores = (await page.metrics()).filter((row) => !row.eval).map((row) => row['objective/scores']);
  const link = await page.hash();
  const downloaded = untilDownloaded(scratch, page.limitMs);
  await page.click('download-adapter');
  return { run, title, scores, link, files: await downloaded };
}

/** Opens a model that judges, where the form's link leads. */
async function opened(page, files) {
  const before = await page.text('judge-name');
  await page.pick('judge-input', files);
  await page.untilOne({ testid: 'judge-name', changedFrom: before });
  await page.untilOne({ testid: 'judge-name', includes: 'weights' });
  return page.text('judge-name');
}

/** Online DPO by a judge: none, one that never answers, and one that does. */
async function judged(page, { steps, dist, files }) {
  const tiny = path.join(path.resolve(dist), 'assets', 'tiny');
  await show(page, 'online_dpo', steps, 'judge');
  await page.fill('batch-size', JUDGED_AT_ONCE);
  const [words, error] = [await page.text('score-judge'), await refused(page)];
  await page.click('score-judge-open');
  await page.seen('[data-testid="data-tab-judge"][aria-selected="true"]');
  const mute = await opened(page, MUTE.map((name) => path.join(tiny, name)));
  await page.visit('train');
  await page.click('start');
  const { error: never } = await page.untilStatus('failed');
  await page.visit('data/judge');
  const judge = await opened(page, (await readdir(files)).map((name) => path.join(files, name)));
  await page.visit('train');
  const line = await page.text('score-judge');
  await page.train();
  const rows = await page.metrics();
  const losses = rows.filter((row) => !row.eval).map((row) => row.loss);
  const score = rows.find((row) => row.eval)?.['eval_objective/scores'];
  return { words, error, mute, never, judge, line, losses, score };
}

/** All of it. */
export async function rlhf(page, options) {
  const { device, steps, scratch } = options;
  await page.goto(new URLSearchParams({ device }));
  await page.untilStatus('ready');
  const none = await without(page, steps);
  await page.fill('steps', steps);
  await page.train();
  return { none, ppo: await against(page, steps, scratch), judged: await judged(page, options) };
}

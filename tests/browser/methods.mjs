// Every method in the page: each of the list trains, and each refuses what it can't use in words.

import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { untilDownloaded } from './downloads.mjs';

const SELF_PLAY = ['spin', 'sppo'];

/** Every method of the list, chosen in the page one after another, trains a few steps and is taken home. */
export async function methods(page, { device, steps, scratch }) {
  await page.goto(new URLSearchParams({ device }));
  await page.untilStatus('ready');
  const runs = [];
  for (const method of await page.choices('method')) {
    const [began, clicked] = [performance.now(), page.clicks];
    const run = await trained(page, method, steps);
    const files = run.status === 'done' ? await exported(page, scratch) : [];
    const secs = Math.round(performance.now() - began) / 1000;
    runs.push({ ...run, files, clicks: page.clicks - clicked, secs });
  }
  return { runs };
}

/** The files of an adapter that was asked for; the folder is empty again for the next. */
async function exported(page, scratch) {
  const downloaded = untilDownloaded(scratch, page.limitMs);
  await page.click('download-adapter');
  const files = await downloaded;
  for (const name of await readdir(scratch)) await rm(path.join(scratch, name));
  return files;
}

async function trained(page, method, steps) {
  await page.choose('method', method);
  await page.untilStatus('ready');
  await page.fill('steps', steps);
  if (SELF_PLAY.includes(method)) await page.fill(`option-${method}-iterations`, '2');
  await page.click('start');
  const refused = { testid: 'form-error', changedFrom: '' };
  const { status, error } = await page.until({ testid: 'status', oneOf: ['done'] }, refused);
  const rows = await page.metrics();
  const values = rows.flatMap(({ eval: _, ...numbers }) => Object.values(numbers));
  const samples = [await page.text('sample-before'), await page.text('sample-after')];
  return {
    method,
    status,
    error: error || (await page.text('form-error')),
    rows: rows.length,
    finite: values.every(Number.isFinite),
    names: Object.keys(rows[0] ?? {}),
    sample: samples.join(''),
    charts: await page.visible('.chart'),
  };
}

/** Of each method one setting that it can't use, and words that the message must hold. */
const SETTINGS = [
  { method: 'sft', field: 'steps', typed: '0', words: ['loop.max_steps', 'at least 1'] },
  { method: 'reward', field: 'option-reward-center_rewards_coefficient', typed: '-1', words: ['reward.center_rewards_coefficient'] },
  { method: 'ppo', field: 'option-ppo-gamma', typed: '2', words: ['ppo.gamma', 'from 0 to 1'] },
  { method: 'rloo', field: 'batch-size', typed: '3', words: ['loop.batch_size', 'num_generations'] },
  { method: 'online_dpo', field: 'option-online_dpo-temperature', typed: '0', words: ['online_dpo.temperature', 'above 0'] },
  { method: 'dpo', field: 'option-dpo-label_smoothing', typed: '0.7', words: ['dpo.label_smoothing', 'below 0.5'] },
  { method: 'cpo', field: 'option-cpo-beta', typed: '0', words: ['cpo.beta', 'above 0'] },
  { method: 'simpo', field: 'option-simpo-simpo_gamma', typed: '-1', words: ['simpo.simpo_gamma'] },
  { method: 'orpo', field: 'option-orpo-beta', typed: 'much', words: ['orpo.beta', 'much', 'a number'] },
  { method: 'slic', field: 'option-slic-delta', typed: '0', words: ['slic.delta', 'above 0'] },
  { method: 'spin', field: 'option-spin-beta', typed: '0.1, x', words: ['spin.beta', 'numbers'] },
  { method: 'sppo', field: 'option-sppo-num_generations', typed: '1', words: ['sppo.num_generations', 'at least 2'] },
  { method: 'kto', field: 'option-kto-desirable_weight', typed: '-1', words: ['kto.desirable_weight'] },
];

/** Of each kind of rows a file that doesn't hold them. */
const FILES = [
  { method: 'sft', name: 'only-prompts.jsonl', row: { prompt: 'a' }, words: ['only-prompts.jsonl', 'line 1'] },
  { method: 'ppo', name: 'no-prompt.jsonl', row: { completion: 'b' }, words: ['no-prompt.jsonl', 'line 1'] },
  { method: 'kto', name: 'unrated.jsonl', row: { prompt: 'a', completion: 'b' }, words: ['unrated.jsonl', 'line 1', 'label'] },
  { method: 'dpo', name: 'single.jsonl', row: { prompt: 'a', completion: 'b' }, words: ['single.jsonl', 'line 1', 'pairs'] },
];

/** What a method can't use is refused in words, and loses nothing. */
export async function methodErrors(page, { device, scratch }) {
  await page.goto(new URLSearchParams({ device, method: 'kto' }));
  await page.untilStatus('ready');
  const refusals = [];
  const refuse = (name, said, words) =>
    refusals.push({ name, said, missing: words.filter((word) => !said.includes(word)) });
  for (const { method, field, typed, words } of SETTINGS) {
    await choose(page, method);
    await page.fill(field, typed);
    await page.click('start');
    await page.until({ testid: 'form-error', changedFrom: '' });
    refuse(method, await page.text('form-error'), words);
    // The form keeps what was typed for a method, and KTO trains below.
    await page.click('reset-settings');
  }
  // Each on the page's own rows: refused ones would be read by the next method that can.
  const anew = async (method) => {
    await page.goto(new URLSearchParams({ device, method }));
    await page.untilStatus('ready');
  };
  for (const { method, name, row, words } of FILES) {
    await anew(method);
    const { error } = await page.refusal(async () => page.pick('data-input', [await rows(scratch, name, [row])]));
    refuse(name, error, words);
  }
  await anew('dpo');
  const { kept, error } = await keptMethod(page, scratch);
  refuse('ratings.jsonl for dpo', error, ['ratings.jsonl', 'pairs', 'first']);
  refuse('one-class.jsonl', await oneClass(page, scratch), ['liked', 'nothing to tell apart']);
  return { refusals, kept };
}

async function choose(page, method) {
  await page.choose('method', method);
  await page.untilStatus('ready');
}

/** Pairs can't be made of ratings: the method stays the one that can read them. */
async function keptMethod(page, scratch) {
  await choose(page, 'kto');
  const rated = [true, false].map((label) => ({ prompt: 'Say hello.', completion: label ? 'Hello!' : 'No.', label }));
  await page.exchangeData(await rows(scratch, 'ratings.jsonl', rated));
  const { error } = await page.refusal(() => page.choose('method', 'dpo'));
  await page.untilStatus('ready');
  return { kept: await page.value('method'), error };
}

/** Ratings of one kind train, with a warning. */
async function oneClass(page, scratch) {
  const liked = Array.from({ length: 16 }, (_, at) => ({ prompt: `Say ${at}.`, completion: `${at}!`, label: true }));
  await page.exchangeData(await rows(scratch, 'one-class.jsonl', liked));
  await page.fill('steps', '1');
  const { error } = await page.train();
  return `${await page.text('warnings')} ${error}`;
}

async function rows(folder, name, list) {
  const file = path.join(folder, name);
  await writeFile(file, list.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

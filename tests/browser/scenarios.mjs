// What is tried on the page. Each scenario returns what only it knows.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { arena } from './arena.mjs';
import { compare } from './compare.mjs';
import { untilDownloaded } from './downloads.mjs';
import { hub } from './hub.mjs';
import { methodErrors, methods } from './methods.mjs';
import { offline } from './offline.mjs';
import { pages } from './pages.mjs';
import { parquet } from './parquet.mjs';
import { rlhf } from './rlhf.mjs';
import { data } from './rows.mjs';
import { settingsLink } from './settings-link.mjs';
import { firstMinute, keyboard, weights } from './start.mjs';
import { tabs } from './tabs.mjs';
import { glass, reload } from './train.mjs';

/** The default run from its address alone, to its end. */
async function autostart(page, { device, steps }) {
  await page.goto(new URLSearchParams({ autostart: '1', device, steps }));
  await page.untilStatus('done');
  return {};
}

const defaultPairs = (dist) => path.join(path.resolve(dist), 'assets', 'tiny', 'pairs.jsonl');

/** A person starts, pauses, goes on, stops, opens other data and still takes the adapter home. */
async function person(page, { device, steps, dist, scratch }) {
  await page.goto(new URLSearchParams({ device, steps }));
  await page.untilStatus('ready');
  await page.click('start');
  await page.until({ testid: 'step', atLeast: 2 });
  await page.click('pause');
  await page.untilStatus('paused');
  const pausedAt = await page.step();
  // That nothing happens can only be seen by waiting.
  await sleep(2_000);
  const afterPause = await page.step();
  await page.click('resume');
  await page.until({ testid: 'step', atLeast: pausedAt + 1 });
  await page.click('stop');
  await page.untilStatus('done');
  const stoppedAt = await page.step();
  // The user's data now, so without the page's held-out pairs.
  await page.exchangeData(defaultPairs(dist));
  const downloaded = untilDownloaded(scratch, page.limitMs);
  await page.click('download-adapter');
  // Other data is no failure of the run that ended.
  return { pausedAt, afterPause, stoppedAt, files: await downloaded, status: 'done' };
}

const GOOD_ROW = '{"prompt":"Say hello.","chosen":"Hello!","rejected":"No."}\n';

/** Weights whose header says something else, of the same length. */
function edited(weights, from, to) {
  const header = weights.indexOf(from);
  if (header < 0 || from.length !== to.length) throw new Error(`can't turn ${from} into ${to}`);
  return Buffer.concat([weights.subarray(0, header), Buffer.from(to), weights.subarray(header + from.length)]);
}

/** Broken inputs: where they go, what is in them, and the words that the message must hold. */
async function brokenInputs(dist) {
  const tiny = path.join(path.resolve(dist), 'assets', 'tiny');
  const weights = await readFile(path.join(tiny, 'model.safetensors'));
  const config = await readFile(path.join(tiny, 'config.json'), 'utf8');
  const at = (...names) => names.map((name) => path.join(tiny, name));
  const whole = at('config.json', 'tokenizer.json', 'tokenizer_config.json');
  return [
    { input: 'data-input', name: 'cut-line.jsonl', bytes: `${GOOD_ROW}${GOOD_ROW}{"prompt":"x","chosen"\n`, words: ['cut-line.jsonl', '3'] },
    { input: 'data-input', name: 'no-rows.jsonl', bytes: '', words: ['no-rows.jsonl'] },
    { input: 'data-input', name: 'not-text.jsonl', bytes: Buffer.from([0xff, 0xfe, 0x00, 0x9f, 0x0a]), words: ['not-text.jsonl'] },
    { input: 'model-input', name: 'garbage.gguf', bytes: 'GGUF and then nothing of the kind', words: ['garbage.gguf'] },
    { input: 'data-input', name: 'same.jsonl', bytes: '{"prompt":"a","chosen":" b","rejected":" b"}\n', words: ['same.jsonl', 'chosen equals rejected'] },
    { input: 'data-input', name: 'ratings.jsonl', bytes: '{"prompt":"a","completion":"b","label":true}\n', words: ['ratings.jsonl', 'pairs'] },
    { input: 'model-input', name: 'model.safetensors', bytes: weights.subarray(0, weights.length / 2), beside: whole, words: ['model.safetensors'] },
    { input: 'model-input', name: 'model.safetensors', bytes: edited(weights, '"F16"', '"I16"'), beside: whole, words: ['model.safetensors', 'I16'] },
    { input: 'model-input', name: 'model.safetensors', bytes: edited(weights, 'model.norm.weight', 'model.form.weight'), beside: whole, words: ['model.norm.weight'] },
    { input: 'model-input', name: 'config.json', bytes: config.replace('"vocab_size": 1024', '"vocab_size": 512'), beside: at('model.safetensors', 'tokenizer.json', 'tokenizer_config.json'), words: ['tokenizer.json', '1024', '512'] },
  ];
}

/** Broken files are refused in words, and what was loaded before still trains. */
async function badFiles(page, { device, steps, dist, scratch }) {
  await page.goto(new URLSearchParams({ device, steps }));
  await page.untilStatus('ready');
  const refusals = [];
  for (const { input, name, bytes, beside = [], words } of await brokenInputs(dist)) {
    const file = path.join(scratch, name);
    await writeFile(file, bytes);
    const { error } = await page.refusal(() => page.pick(input, [file, ...beside]));
    refusals.push({ name, error, missing: words.filter((word) => !error.includes(word)) });
  }
  refusals.push(await refusedAtStart(page, scratch));
  await page.exchangeData(defaultPairs(dist));
  await page.train();
  return { refusals };
}

/** A prompt that the model's own tokenizer shows to be too long: found when the run starts. */
async function refusedAtStart(page, scratch) {
  const name = 'long-prompt.jsonl';
  const row = { prompt: 'too long '.repeat(2000), chosen: ' good', rejected: ' bad' };
  await writeFile(path.join(scratch, name), `${JSON.stringify(row)}\n`);
  await page.exchangeData(path.join(scratch, name));
  await page.click('start');
  const { error } = await page.untilStatus('failed');
  const words = [name, 'no usable row', 'line 1'];
  return { name, error, missing: words.filter((word) => !error.includes(word)) };
}

export const SCENARIOS = {
  arena,
  autostart,
  'bad-files': badFiles,
  compare,
  data,
  'first-minute': firstMinute,
  glass,
  hub,
  keyboard,
  'method-errors': methodErrors,
  methods,
  offline,
  pages,
  parquet,
  person,
  reload,
  rlhf,
  'settings-link': settingsLink,
  tabs,
  weights,
};

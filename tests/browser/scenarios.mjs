// What is tried on the page. Each scenario returns what only it knows.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { untilDownloaded } from './downloads.mjs';

/** The default run from its address alone, to its end. */
async function autostart(page, { device, steps }) {
  await page.goto(new URLSearchParams({ autostart: '1', device, steps }));
  await page.untilStatus('done');
  return {};
}

/** A person starts, pauses, goes on, stops and takes the adapter home. */
async function person(page, { device, steps, scratch }) {
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
  const downloaded = untilDownloaded(scratch, page.limitMs);
  await page.click('download-adapter');
  return { pausedAt, afterPause, stoppedAt, files: await downloaded };
}

const GOOD_ROW = '{"prompt":"Say hello.","chosen":"Hello!","rejected":"No."}\n';

/** Broken inputs: where they go, what is in them, and the words that the message must hold. */
async function brokenInputs(dist) {
  const tiny = path.join(path.resolve(dist), 'assets', 'tiny');
  const weights = await readFile(path.join(tiny, 'model.safetensors'));
  const whole = ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((name) => path.join(tiny, name));
  return [
    { input: 'data-input', name: 'cut-line.jsonl', bytes: `${GOOD_ROW}${GOOD_ROW}{"prompt":"x","chosen"\n`, words: ['cut-line.jsonl', '3'] },
    { input: 'data-input', name: 'no-rows.jsonl', bytes: '', words: ['no-rows.jsonl'] },
    { input: 'data-input', name: 'not-text.jsonl', bytes: Buffer.from([0xff, 0xfe, 0x00, 0x9f, 0x0a]), words: ['not-text.jsonl'] },
    { input: 'model-input', name: 'garbage.gguf', bytes: 'GGUF and then nothing of the kind', words: ['garbage.gguf'] },
    { input: 'model-input', name: 'model.safetensors', bytes: weights.subarray(0, weights.length / 2), beside: whole, words: ['model.safetensors'] },
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
    const before = await page.text('error');
    await page.pick(input, [file, ...beside]);
    const { error } = await page.until({ testid: 'error', changedFrom: before });
    refusals.push({ name, error, missing: words.filter((word) => !error.includes(word)) });
  }
  await page.click('start');
  await page.untilStatus('done');
  return { refusals };
}

export const SCENARIOS = { autostart, person, 'bad-files': badFiles };

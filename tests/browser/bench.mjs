// Times one contender of the bench in a browser and prints what it saw as one line of JSON.
//
//   node bench.mjs --script temper|jaxjs|tfjs --mount NAME=DIR ... [--browser chromium|firefox]
//                  [--device webgpu|cpu] [--steps N] [--limit SECONDS]
//
// The scripts are those of bench/browser, served as /bench; what else they ask for is mounted.
// `puppeteer-core` is looked for in the folder that TEMPER_NODE_MODULES names, the browser is what
// TEMPER_CHROMIUM or TEMPER_FIREFOX names. A real GPU is used where there is one.

import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { serve } from './bench-server.mjs';
import { FIREFOX_PREFS } from './launch.mjs';

const { values: options } = parseArgs({
  options: {
    script: { type: 'string' },
    mount: { type: 'string', multiple: true, default: [] },
    browser: { type: 'string', default: 'chromium' },
    device: { type: 'string', default: 'webgpu' },
    steps: { type: 'string', default: '6' },
    limit: { type: 'string', default: '900' },
  },
});

// Unlike in the tests the adapter isn't chosen: Chromium falls back to SwiftShader by itself.
const CHROMIUM_ARGS = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function launch(puppeteer, limitMs) {
  const shared = { headless: true, protocolTimeout: limitMs, timeout: 120_000 };
  const own =
    options.browser === 'firefox'
      ? { browser: 'firefox', executablePath: process.env.TEMPER_FIREFOX, extraPrefsFirefox: FIREFOX_PREFS }
      : { browser: 'chrome', executablePath: process.env.TEMPER_CHROMIUM, args: CHROMIUM_ARGS };
  return puppeteer.launch({ ...shared, ...own });
}

async function loadPuppeteer() {
  const folder = process.env.TEMPER_NODE_MODULES;
  if (!folder) throw new Error('TEMPER_NODE_MODULES must name a node_modules folder with puppeteer-core');
  const entry = createRequire(path.join(path.resolve(folder), 'resolve.js')).resolve('puppeteer-core');
  return (await import(pathToFileURL(entry))).default;
}

/** Runs inside the page. */
async function adapter() {
  const found = await navigator.gpu?.requestAdapter();
  if (!found) return null;
  const { vendor, architecture, description, isFallbackAdapter } = found.info;
  return { name: [description, architecture, vendor].find(Boolean) ?? '', software: isFallbackAdapter === true };
}

/** Runs inside the page: whether the work is too much for an adapter that only emulates a GPU. */
async function isHeavy() {
  return (await (await fetch('/work/work.json')).json()).heavy;
}

/** Runs inside the page. */
async function run(script, wishes) {
  const { bench } = await import(`/bench/${script}.js`);
  return bench(wishes);
}

/** What is counted in the last step. */
function perStep(taken) {
  const [before, after] = [taken.at(-2)?.counted, taken.at(-1)?.counted];
  if (!before || after.dispatches === 0) return null;
  const { bytes: _, peak_bytes, ...totals } = after;
  const each = Object.entries(totals).map(([name, total]) => [name, total - before[name]]);
  return { ...Object.fromEntries(each), peak_bytes };
}

async function main() {
  const limitMs = Number(options.limit) * 1000;
  const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../bench/browser');
  const server = await serve([`bench=${folder}`, ...options.mount]);
  let browser;
  try {
    const puppeteer = await loadPuppeteer();
    browser = await launch(puppeteer, limitMs);
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(`uncaught: ${error?.message ?? error}`));
    page.on('console', (message) => message.type() === 'error' && console.error(message.text()));
    await page.goto(`${server.origin}/`);
    const gpu = options.device === 'cpu' ? null : await page.evaluate(adapter);
    if (options.device !== 'cpu' && !gpu) return { left_out: 'the browser finds no adapter for WebGPU' };
    if (gpu?.software && (await page.evaluate(isHeavy))) {
      return { left_out: `${gpu.name} only emulates a GPU: it would take hours` };
    }
    const { taken, device } = await page.evaluate(run, options.script, {
      device: options.device,
      steps: Number(options.steps),
    });
    const steps = taken.slice(1);
    return {
      secs: steps.map(({ now }, at) => (now - taken[at].now) / 1000),
      losses: steps.map(({ loss }) => loss),
      device: gpu?.name || device,
      software: gpu?.software ?? false,
      counts: perStep(taken),
    };
  } finally {
    await browser?.close();
    server.close();
  }
}

try {
  console.log(JSON.stringify(await main()));
} catch (error) {
  console.error(`bench.mjs: ${error.message ?? error}`);
  process.exitCode = 1;
}

// Drives the built page in a real browser and prints what it saw as one line of JSON.
//
//   node drive.mjs --dist DIR [--browser chromium|firefox] [--scenario NAME]
//                  [--device webgpu|cpu] [--steps N] [--limit SECONDS]
//                  [--screenshot PNG] [--shots DIR] [--files DIR] [--out JSON]
//
// The scenarios are those of scenarios.mjs. `puppeteer-core` is looked for in the folder that
// TEMPER_NODE_MODULES names; TEMPER_AXE names the script of axe-core. The exit code tells whether
// the page could be driven; whether it behaved is for the caller to judge by the JSON.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { launch } from './launch.mjs';
import { Page } from './page.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { serve } from './server.mjs';

const { values: options } = parseArgs({
  options: {
    dist: { type: 'string' },
    browser: { type: 'string', default: 'chromium' },
    scenario: { type: 'string', default: 'autostart' },
    device: { type: 'string', default: 'cpu' },
    steps: { type: 'string', default: '10' },
    limit: { type: 'string', default: '300' },
    screenshot: { type: 'string' },
    shots: { type: 'string' },
    files: { type: 'string' },
    out: { type: 'string' },
  },
});

async function loadPuppeteer() {
  const folder = process.env.TEMPER_NODE_MODULES;
  if (!folder) throw new Error('TEMPER_NODE_MODULES must name a node_modules folder with puppeteer-core');
  const entry = createRequire(path.join(path.resolve(folder), 'resolve.js')).resolve('puppeteer-core');
  return (await import(pathToFileURL(entry))).default;
}

async function main() {
  const scenario = SCENARIOS[options.scenario];
  if (!scenario) throw new Error(`no scenario is called ${options.scenario}`);
  if (!options.dist) throw new Error('--dist must name the built page');
  const puppeteer = await loadPuppeteer();
  const limitMs = Number(options.limit) * 1000;
  const scratch = await mkdtemp(path.join(tmpdir(), 'temper-browser-'));
  const server = await serve(options.dist);
  let browser;
  try {
    browser = await launch(puppeteer, options.browser, scratch, limitMs);
    const began = performance.now();
    const page = await Page.open(browser, server.origin, limitMs);
    // A picture is worth most when the scenario failed.
    const seen = await scenario(page, { ...options, scratch, server }).finally(
      () => options.screenshot && page.screenshot(options.screenshot),
    );
    const report = await page.report();
    return {
      browser: await browser.version(),
      scenario: options.scenario,
      device: options.device,
      secs: Math.round(performance.now() - began) / 1000,
      ...report,
      ...seen,
      problems: [...report.problems, ...server.violations],
    };
  } finally {
    await browser?.close();
    server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  const line = JSON.stringify(await main());
  if (options.out) await writeFile(options.out, `${line}\n`);
  console.log(line);
} catch (error) {
  console.error(`drive.mjs: ${error.stack ?? error}`);
  process.exitCode = 1;
}

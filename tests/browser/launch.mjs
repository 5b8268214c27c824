// Starts Chromium or Firefox, headless, with WebGPU served by a software adapter.

import { accessSync, constants } from 'node:fs';

const CHROMIUM = [
  process.env.TEMPER_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const FIREFOX = [
  process.env.TEMPER_FIREFOX,
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];

// SwiftShader computes on the CPU, so a run needs no GPU; the rest keeps Chromium from calling home.
const CHROMIUM_ARGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const FIREFOX_PREFS = {
  'dom.webgpu.enabled': true,
  'dom.webgpu.workers.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
  // A worker that computes for minutes isn't a hung script.
  'dom.max_script_run_time': 0,
  'browser.download.folderList': 2,
  'browser.download.useDownloadDir': true,
  'browser.download.always_ask_before_handling_new_types': false,
  'browser.download.manager.showWhenStarting': false,
};

function firstRunnable(candidates, name) {
  for (const file of candidates) {
    try {
      if (file) {
        accessSync(file, constants.X_OK);
        return file;
      }
    } catch {
      // The next one.
    }
  }
  throw new Error(`${name} was not found; set TEMPER_${name.toUpperCase()} to its executable`);
}

/** A browser whose downloads go to `downloads`; no single call to it may take longer than the limit. */
export function launch(puppeteer, name, downloads, limitMs) {
  const shared = { headless: true, protocolTimeout: limitMs + 60_000, timeout: 120_000 };
  if (name === 'chromium') {
    return puppeteer.launch({
      ...shared,
      browser: 'chrome',
      executablePath: firstRunnable(CHROMIUM, 'chromium'),
      args: CHROMIUM_ARGS,
      downloadBehavior: { policy: 'allow', downloadPath: downloads },
      defaultViewport: { width: 1280, height: 900 },
    });
  }
  if (name === 'firefox') {
    return puppeteer.launch({
      ...shared,
      browser: 'firefox',
      executablePath: firstRunnable(FIREFOX, 'firefox'),
      extraPrefsFirefox: { ...FIREFOX_PREFS, 'browser.download.dir': downloads },
      defaultViewport: { width: 1280, height: 900 },
    });
  }
  throw new Error(`--browser is chromium or firefox, not ${name}`);
}

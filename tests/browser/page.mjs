// The page as a test sees it: controls by `data-testid`, waits without polling, and a record of
// everything that went wrong on the way.

const QUIET_SCHEMES = ['about:', 'blob:', 'data:'];

/** Runs inside the page: resolves when one of `wants` holds, or after `ms`. */
function watchPage(wants, ms) {
  const text = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent?.trim() ?? '';
  const holds = ({ testid, oneOf, atLeast, changedFrom }) => {
    const now = text(testid);
    if (oneOf) return oneOf.includes(now);
    if (atLeast !== undefined) return Number.parseInt(now, 10) >= atLeast;
    return now !== '' && now !== changedFrom;
  };
  return new Promise((resolve) => {
    const finish = (met) => {
      observer.disconnect();
      clearTimeout(timer);
      resolve({ met, status: text('status'), step: text('step'), error: text('error') });
    };
    const look = () => wants.some(holds) && finish(true);
    const observer = new MutationObserver(look);
    const timer = setTimeout(finish, ms, false);
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
}

/** Runs inside the page before anything of its own: keeps the longest task of the main thread. */
function recordLongTasks() {
  window.__longestTask = 0;
  if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      window.__longestTask = Math.max(window.__longestTask, entry.duration);
    }
  }).observe({ type: 'longtask', buffered: true });
}

export class Page {
  constructor(handle, origin, limitMs) {
    this.handle = handle;
    this.origin = origin;
    this.limitMs = limitMs;
    /** Console errors, uncaught exceptions, failed requests, requests that left the origin. */
    this.problems = [];
  }

  static async open(browser, origin, limitMs) {
    const page = new Page(await browser.newPage(), origin, limitMs);
    page.record();
    await page.handle.evaluateOnNewDocument(recordLongTasks);
    return page;
  }

  record() {
    this.handle.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(`console: ${message.text()}`);
    });
    this.handle.on('pageerror', (error) => this.problems.push(`uncaught: ${error?.message ?? error}`));
    this.handle.on('request', (request) => {
      const url = request.url();
      const inside = url.startsWith(`${this.origin}/`) || QUIET_SCHEMES.some((scheme) => url.startsWith(scheme));
      if (!inside) this.problems.push(`left the origin: ${url}`);
    });
    this.handle.on('response', (response) => {
      if (response.status() >= 400) this.problems.push(`${response.status()}: ${response.url()}`);
    });
  }

  async goto(query) {
    await this.handle.goto(`${this.origin}/?${query}`, { waitUntil: 'domcontentloaded', timeout: this.limitMs });
  }

  /** Waits until a condition holds; a failed run always ends the wait. Throws at the limit. */
  async until(...wants) {
    const failed = { testid: 'status', oneOf: ['failed'] };
    const seen = await this.handle.evaluate(watchPage, [...wants, failed], this.limitMs);
    if (!seen.met) {
      const state = JSON.stringify({ ...seen, problems: this.problems });
      throw new Error(`${this.limitMs / 1000} s went by without ${JSON.stringify(wants)}: ${state}`);
    }
    return seen;
  }

  untilStatus(...oneOf) {
    return this.until({ testid: 'status', oneOf });
  }

  /** Waits until a text is another and the status this one, from a failed run too. */
  async untilChanged(testid, before, status) {
    const changed = (id, before, status) => {
      const text = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent?.trim() ?? '';
      return text(id) !== before && text('status') === status;
    };
    await this.handle.waitForFunction(changed, { timeout: this.limitMs }, testid, before, status);
  }

  text(testid) {
    return this.handle.evaluate(
      (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent?.trim() ?? '',
      testid,
    );
  }

  async step() {
    return Number.parseInt(await this.text('step'), 10) || 0;
  }

  /** A real click: the control must be there, visible and enabled. */
  async click(testid) {
    const enabled = `[data-testid="${testid}"]:not([disabled])`;
    const control = await this.handle.waitForSelector(enabled, { visible: true, timeout: 30_000 });
    await control.click();
    await control.dispose();
  }

  /** Picks files in a file input, or in the one inside a drop zone. */
  async pick(testid, files) {
    const input = await this.handle.waitForSelector(
      `input[type="file"][data-testid="${testid}"], [data-testid="${testid}"] input[type="file"]`,
      { timeout: 30_000 },
    );
    await input.uploadFile(...files);
    await input.dispose();
  }

  /** Types over what a field holds; one that is folded away is unfolded first. */
  async fill(testid, text) {
    const field = await this.handle.waitForSelector(`[data-testid="${testid}"]:enabled`, { timeout: 30_000 });
    await field.evaluate((input) => {
      const folded = input.closest('details');
      if (folded) folded.open = true;
      input.focus();
      input.select();
    });
    await field.type(text);
    await field.dispose();
  }

  /** Chooses in a list. */
  async choose(testid, value) {
    const enabled = `select[data-testid="${testid}"]:enabled`;
    const list = await this.handle.waitForSelector(enabled, { visible: true, timeout: 30_000 });
    await list.select(value);
    await list.dispose();
  }

  /** All that a list offers. */
  choices(testid) {
    return this.handle.$$eval(`[data-testid="${testid}"] option`, (all) => all.map((one) => one.value));
  }

  /** What a field holds. */
  value(testid) {
    return this.handle.$eval(`[data-testid="${testid}"]`, (field) => field.value);
  }

  /** How many elements of a selector can be seen. */
  visible(selector) {
    return this.handle.$$eval(selector, (all) => all.filter((one) => one.checkVisibility()).length);
  }

  /** Does something that is refused, and waits for the words. */
  async refusal(act) {
    const before = await this.text('error');
    await act();
    return this.until({ testid: 'error', changedFrom: before });
  }

  /** Opens other data and waits until it is there. */
  async exchangeData(file) {
    const before = await this.text('data-info');
    await this.pick('data-input', [file]);
    await this.untilChanged('data-info', before, 'ready');
  }

  async screenshot(file) {
    await this.handle.screenshot({ path: file, fullPage: true });
  }

  /** Every logged step, with its values by name. */
  async metrics() {
    const rows = JSON.parse((await this.text('metrics-json')) || '[]');
    return rows.map(({ values = {}, ...rest }) => {
      const named = Array.isArray(values) ? Object.fromEntries(values) : values;
      return { ...rest, ...named };
    });
  }

  async report() {
    return {
      status: await this.text('status'),
      step: await this.step(),
      error: await this.text('error'),
      badge: await this.text('device-badge'),
      metrics: await this.metrics(),
      sampleBefore: await this.text('sample-before'),
      sampleAfter: await this.text('sample-after'),
      longestTaskMs: await this.handle.evaluate(() => Math.round(window.__longestTask)),
      problems: this.problems,
    };
  }
}

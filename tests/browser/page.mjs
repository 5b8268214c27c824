// The page as a test uses it: opened, gone about in, clicked and typed into, with a record of
// everything that went wrong on the way. Waits are the page's own events.

import { recordLongTasks } from './inside.mjs';
import { CONTROL_MS, Sight } from './sight.mjs';

const QUIET_SCHEMES = ['about:', 'blob:', 'data:'];

/** Where the inputs for files are. */
const HOMES = { 'data-input': 'data', 'eval-input': 'data', 'model-input': 'model' };

export class Page extends Sight {
  constructor(browser, handle, origin, limitMs, problems) {
    super(handle, limitMs, problems);
    this.browser = browser;
    this.origin = origin;
    /** Clicks and choices so far. */
    this.clicks = 0;
    /** Addresses that a scenario has fail. */
    this.expected = [];
  }

  static async open(browser, origin, limitMs, problems = []) {
    const page = new Page(browser, await browser.newPage(), origin, limitMs, problems);
    page.record();
    await page.handle.evaluateOnNewDocument(recordLongTasks);
    return page;
  }

  /** Another tab; what goes wrong there is told here. */
  another() {
    return Page.open(this.browser, this.origin, this.limitMs, this.problems);
  }

  /** What fails at such addresses is meant to. */
  expect(pattern) {
    this.expected.push(pattern);
  }

  record() {
    const { handle, problems } = this;
    const isMeant = (url) => this.expected.some((pattern) => pattern.test(url));
    handle.on('console', (message) => {
      // Of a request that failed, Chromium gives the address as the message's place.
      if (message.type() !== 'error' || isMeant(message.location()?.url ?? '')) return;
      problems.push(`console: ${message.text()}`);
    });
    handle.on('pageerror', (error) => problems.push(`uncaught: ${error?.message ?? error}`));
    handle.on('request', (request) => {
      const url = request.url();
      const inside = url.startsWith(`${this.origin}/`) || QUIET_SCHEMES.some((scheme) => url.startsWith(scheme));
      if (!inside) problems.push(`left the origin: ${url}`);
    });
    handle.on('response', (response) => {
      const [status, url] = [response.status(), response.url()];
      if (status >= 400 && !isMeant(url)) problems.push(`${status}: ${url}`);
    });
  }

  /** Opens the page at one of its places: `start`, `train`, `data/arena`. */
  async goto(query, place = 'train') {
    const hash = place === 'start' ? '' : `#/${place}`;
    const url = `${this.origin}/?${query}${hash}`;
    await this.handle.goto(url, { waitUntil: 'domcontentloaded', timeout: this.limitMs });
  }

  /** Somebody pastes another address of the same page. */
  paste(hash) {
    return this.handle.evaluate((hash) => location.assign(hash), hash);
  }

  async reload() {
    await this.handle.reload({ waitUntil: 'domcontentloaded', timeout: this.limitMs });
  }

  /** Goes to one of the page's places as a person does: by link and tab, to a topic by address. */
  async visit(place) {
    if ((await this.here()) === place) return;
    const [name, part] = place.split('/');
    if (name === 'learn' && part) {
      await this.paste(`#/${place}`);
    } else {
      await this.click(`nav-${name}`);
    }
    await this.seen(`[data-testid="nav-${name}"][aria-current="page"]`);
    if (name === 'data' && part) {
      await this.click(`data-tab-${part}`);
      await this.seen(`[data-testid="data-tab-${part}"][aria-selected="true"]`);
    }
  }

  async seen(selector) {
    const element = await this.handle.waitForSelector(selector, { timeout: CONTROL_MS });
    await element.dispose();
  }

  /** A real click: the control must be there, visible and enabled. */
  async click(testid) {
    await this.clickOn(`[data-testid="${testid}"]:not([disabled]):not([aria-disabled="true"])`);
  }

  async clickOn(selector) {
    const control = await this.handle.waitForSelector(selector, { visible: true, timeout: CONTROL_MS });
    await control.click();
    await control.dispose();
    this.clicks += 1;
  }

  /** A click on one of several of the same name, counted from 0. */
  async clickOne(testid, at) {
    const all = await this.handle.$$(`[data-testid="${testid}"]`);
    if (!all[at]) throw new Error(`there are ${all.length} of ${testid}, and none is number ${at}`);
    await all[at].click();
    await Promise.all(all.map((one) => one.dispose()));
    this.clicks += 1;
  }

  /** Picks files in a file input, or in the one inside a drop zone; stays where that is. */
  async pick(testid, files) {
    if (HOMES[testid]) await this.visit(HOMES[testid]);
    const input = await this.handle.waitForSelector(
      `input[type="file"][data-testid="${testid}"]:enabled, [data-testid="${testid}"] input[type="file"]:enabled`,
      { timeout: this.limitMs },
    );
    await input.uploadFile(...files);
    await input.dispose();
  }

  /** Types over what a field holds; one that is folded away is unfolded first. */
  async fill(testid, text) {
    const field = await this.handle.waitForSelector(`[data-testid="${testid}"]:enabled`, { timeout: CONTROL_MS });
    await field.evaluate((input) => {
      const folded = input.closest('details');
      if (folded) folded.open = true;
      input.focus();
      input.select();
    });
    await (text === '' ? field.press('Backspace') : field.type(text));
    await field.dispose();
  }

  /** The same for a field that is read when it is left. */
  async enter(testid, text) {
    await this.fill(testid, text);
    await this.press('Tab');
  }

  press(key) {
    return this.handle.keyboard.press(key);
  }

  /** Unfolds what is folded away. */
  async unfold(testid) {
    await this.handle.$eval(`details[data-testid="${testid}"]`, (details) => {
      details.open = true;
    });
  }

  /** Chooses in a list. */
  async choose(testid, value) {
    const enabled = `select[data-testid="${testid}"]:enabled`;
    const list = await this.handle.waitForSelector(enabled, { visible: true, timeout: CONTROL_MS });
    await list.select(value);
    await list.dispose();
    this.clicks += 1;
  }

  /** Starts a run and waits for its end. */
  async train() {
    await this.click('start');
    return this.untilStatus('done');
  }

  /** Does something that is refused, waits for the words, and comes back. */
  async refusal(act) {
    const [place, before] = [await this.here(), await this.text('error')];
    await act();
    const seen = await this.until({ testid: 'error', changedFrom: before });
    await this.visit(place);
    return seen;
  }

  /** Opens other data, waits until it is there, and goes to where a run can start. */
  async exchangeData(file) {
    await this.visit('data');
    const before = await this.text('data-info');
    await this.pick('data-input', [file]);
    await this.until({ testid: 'data-info', changedFrom: before });
    await this.visit('train');
    await this.untilOne({ testid: 'status', oneOf: ['ready'] });
  }

  async report() {
    const { clicks } = this;
    await this.visit('train');
    return {
      status: await this.text('status'),
      step: await this.step(),
      error: await this.text('error'),
      badge: await this.text('device-badge'),
      metrics: await this.metrics(),
      sampleBefore: await this.text('sample-before'),
      sampleAfter: await this.text('sample-after'),
      longestTaskMs: await this.longestTask(),
      clicks,
      problems: this.problems,
    };
  }
}

// What a test sees of the page, by `data-testid`: texts, values, counts, and waits for them.

import { firstPaint, takeLongestTask, untilKept, watchPage } from './inside.mjs';

/** How long a control may take to be there, milliseconds. */
export const CONTROL_MS = 30_000;

export class Sight {
  constructor(handle, limitMs, problems) {
    this.handle = handle;
    this.limitMs = limitMs;
    /** Console errors, uncaught exceptions, failed requests, requests that left the origin. */
    this.problems = problems;
  }

  /** Waits until a condition holds; a failed run always ends the wait. Throws at the limit. */
  async until(...wants) {
    const failed = { testid: 'status', oneOf: ['failed'] };
    return this.untilOne(...wants, failed);
  }

  /** The same from a failed run too. */
  async untilOne(...wants) {
    const seen = await this.handle.evaluate(watchPage, wants, this.limitMs);
    if (!seen.met) {
      const state = JSON.stringify({ ...seen, problems: this.problems });
      throw new Error(`${this.limitMs / 1000} s went by without ${JSON.stringify(wants)}: ${state}`);
    }
    return seen;
  }

  /** Needs a page that shows the status: Start or Train. */
  untilStatus(...oneOf) {
    return this.until({ testid: 'status', oneOf });
  }

  /** Waits until something isn't there, or has no text. */
  untilGone(testid) {
    return this.untilOne({ testid, oneOf: [''] });
  }

  /** Waits until so many elements of a selector are there. */
  async untilCount(selector, count) {
    const is = (selector, count) => document.querySelectorAll(selector).length === count;
    await this.handle.waitForFunction(is, { timeout: this.limitMs }, selector, count);
  }

  /** Waits until a bar is at least this far. */
  async untilBar(testid, least) {
    const is = (id, least) => document.querySelector(`[data-testid="${id}"]`)?.value >= least;
    await this.handle.waitForFunction(is, { timeout: this.limitMs }, testid, least);
  }

  /** Waits until a field holds this. */
  async untilHolds(testid, value) {
    const is = (id, value) => document.querySelector(`[data-testid="${id}"]`)?.value === value;
    await this.handle.waitForFunction(is, { timeout: this.limitMs }, testid, value);
  }

  /** Waits until a control is there and enabled. */
  async untilEnabled(testid) {
    const enabled = `[data-testid="${testid}"]:enabled:not([aria-disabled="true"])`;
    const control = await this.handle.waitForSelector(enabled, { timeout: this.limitMs });
    await control.dispose();
  }

  /** Waits until a file in a folder of the page's own disk matches a pattern. */
  async untilKept(folder, pattern) {
    if (!(await this.handle.evaluate(untilKept, folder, pattern, this.limitMs))) {
      throw new Error(`${this.limitMs / 1000} s went by without ${pattern} in ${folder}`);
    }
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

  /** All that a list offers. */
  choices(testid) {
    return this.handle.$$eval(`[data-testid="${testid}"] option`, (all) => all.map((one) => one.value));
  }

  /** What a field holds. */
  value(testid) {
    return this.handle.$eval(`[data-testid="${testid}"]`, (field) => field.value);
  }

  /** Whether a switch is on. */
  isOn(testid) {
    return this.handle.$eval(`[data-testid="${testid}"]`, (field) => field.checked);
  }

  /** How many elements of a selector can be seen. */
  visible(selector) {
    return this.handle.$$eval(selector, (all) => all.filter((one) => one.checkVisibility()).length);
  }

  /** The test id of what has the focus. */
  focused() {
    return this.handle.evaluate(() => document.activeElement?.dataset?.testid ?? '');
  }

  /** The place in the address: `start`, `train`, `data/arena`. */
  here() {
    return this.handle.evaluate(() => location.hash.replace(/^#\/?/, '').split('?')[0] || 'start');
  }

  /** The address's part with place and settings. */
  hash() {
    return this.handle.evaluate(() => location.hash);
  }

  /** The longest task of the page's main thread since this was asked last, milliseconds. */
  longestTask() {
    return this.handle.evaluate(takeLongestTask);
  }

  firstPaint() {
    return this.handle.evaluate(firstPaint);
  }

  /** Every logged step, with its values by name. */
  async metrics() {
    const rows = JSON.parse((await this.text('metrics-json')) || '[]');
    return rows.map(({ values = {}, ...rest }) => {
      const named = Array.isArray(values) ? Object.fromEntries(values) : values;
      return { ...rest, ...named };
    });
  }

  /** How many training steps are logged, and before which of them one is missing. */
  async logged() {
    const steps = (await this.metrics()).filter((row) => !row.eval).map((row) => row.step);
    const gaps = steps.filter((step, at) => step !== (at === 0 ? 1 : steps[at - 1] + 1));
    return { logged: steps.length, gaps };
  }

  async screenshot(file) {
    await this.handle.screenshot({ path: file, fullPage: true });
  }
}

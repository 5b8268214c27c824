// What runs inside the page itself: puppeteer sends these functions there, so each stands alone.

/** Resolves when one of `wants` holds, or after `ms`. */
export function watchPage(wants, ms) {
  const text = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent?.trim() ?? '';
  const holds = ({ testid, oneOf, atLeast, includes, changedFrom }) => {
    const now = text(testid);
    if (oneOf) return oneOf.includes(now);
    if (atLeast !== undefined) return Number.parseInt(now, 10) >= atLeast;
    if (includes !== undefined) return now.includes(includes);
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

/** Before anything of the page's own: keeps the longest task of the main thread. */
export function recordLongTasks() {
  window.__longestTask = 0;
  if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      window.__longestTask = Math.max(window.__longestTask, entry.duration);
    }
  }).observe({ type: 'longtask', buffered: true });
}

/** The longest task since this was asked last, milliseconds. */
export function takeLongestTask() {
  const longest = Math.round(window.__longestTask);
  window.__longestTask = 0;
  return longest;
}

/** Keeps how far apart the page's frames are, from now on. */
export function recordFrames() {
  window.__frames = [];
  let last = performance.now();
  const frame = (now) => {
    window.__frames?.push(now - last);
    last = now;
    if (window.__frames) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** The middle and the slowest twentieth of the frames recorded, milliseconds; ends the recording. */
export function takeFrames() {
  const sorted = window.__frames.sort((a, b) => a - b);
  window.__frames = null;
  const at = (share) => Math.round(10 * (sorted[Math.floor(share * sorted.length)] ?? 0)) / 10;
  return { count: sorted.length, median: at(0.5), p95: at(0.95) };
}

/** When something could first be read, milliseconds after the page was asked for. */
export function firstPaint() {
  const [entry] = performance.getEntriesByName('first-contentful-paint');
  return entry ? Math.round(entry.startTime) : null;
}

/**
 * Whether a file in this folder of the page's own disk comes to match a pattern, within `ms`. A
 * disk tells of no changes, so it is looked at from time to time.
 */
export async function untilKept(folder, pattern, ms) {
  const wanted = new RegExp(pattern);
  const holds = async () => {
    const root = await navigator.storage.getDirectory();
    const files = await root.getDirectoryHandle(folder);
    for await (const entry of files.values()) {
      // What Chromium is still writing isn't kept yet.
      if (entry.kind !== 'file' || entry.name.endsWith('.crswap')) continue;
      if (wanted.test(await (await entry.getFile()).text())) return true;
    }
    return false;
  };
  for (const end = performance.now() + ms; performance.now() < end; ) {
    // Not there yet, or just being replaced: it is looked at again.
    if (await holds().catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** The Start page's prompts with the answers before and after. */
export function sides() {
  const words = (element) =>
    [...(element?.childNodes ?? [])]
      .filter((node) => node.nodeType === Node.TEXT_NODE)
      .map((node) => node.textContent)
      .join('')
      .trim();
  return [...document.querySelectorAll('[data-testid="sides"] > li')].map((item) => ({
    prompt: words(item.querySelector('.prompt')),
    before: words(item.querySelector('.side:not(.new)')),
    after: words(item.querySelector('[data-testid="after"]')),
  }));
}

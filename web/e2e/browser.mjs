// A browser that notes every fault it sees while a test drives it.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const out = fileURLToPath(new URL('./out/', import.meta.url));
const quiet = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Opens a page of its own context; `faults` gathers what must not happen. */
export async function openBrowser(origin) {
  mkdirSync(out, { recursive: true });
  const browser = await chromium.launch({ executablePath: process.env.TOCSIN_CHROMIUM || '/usr/bin/chromium', args: quiet, timeout: 120_000 });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', timezoneId: 'Europe/Berlin' });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (e) => faults.push(`error in the page: ${e.message}`));
  page.on('request', (r) => {
    if (!r.url().startsWith(origin) && !r.url().startsWith('data:')) faults.push(`asked elsewhere: ${r.url()}`);
  });
  page.on('console', (m) => {
    // A refusal is shown to the person; the browser's own line about it is no fault.
    if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) faults.push(`console: ${m.text()}`);
  });
  return { browser, context, page, faults };
}

/** Waits until a page stands still: its layout follows the window, and the server, in its own time. */
async function settled(page) {
  const shape = () => page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth, document.documentElement.outerHTML.length].join());
  let before = '';
  for (let same = 0, looks = 0; same < 4 && looks < 100; looks++) {
    await page.waitForTimeout(100);
    const now = await shape();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

/** Looks at a page in each width: nothing sticks out, and axe has nothing to say. */
export async function inspect(page, name, faults, widths = [1280, 360]) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await settled(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) faults.push(`${name} at ${width} px is ${over} px too wide`);
    await page.evaluate(axe.source); // by the debugger: the page's policy would refuse a script
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const v of violations) {
      // Cloudscape's own toolbar; nothing of ours can be done about it.
      if (v.nodes.every((n) => n.html.includes('mobile-toolbar-nav'))) continue;
      faults.push(`${name} at ${width} px: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 150)).join(' | ')}`);
    }
    await page.screenshot({ path: `${out}${name}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

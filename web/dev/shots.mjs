// Takes a picture of every page, wide and narrow, light and dark, from a running
// mock server, and fails on any console error, any request elsewhere, and whatever
// axe finds wrong for screen readers and keyboards.
//
//   node dev/mock.mjs & node dev/shots.mjs [name-part]
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const base = process.env.URL_BASE ?? 'http://127.0.0.1:8119/';
const out = fileURLToPath(new URL('./shots/', import.meta.url));
const only = process.argv[2] ?? '';
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let bad = 0;

async function shoot(page, name) {
  await page.waitForTimeout(700);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) {
    bad++;
    console.log(`${name}: wider than the window by ${wide} px`);
  }
  await page.evaluate(axe.source); // by the debugger: the page's policy would refuse a script
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const v of violations) {
    // Cloudscape's own toolbar; nothing of ours can be done about it.
    if (v.nodes.every((n) => n.html.includes('mobile-toolbar-nav'))) continue;
    bad++;
    console.log(`${name}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`);
  }
  await page.screenshot({ path: `${out}${name}.png`, fullPage: true });
}

const places = ['incidents', 'prepare', 'contacts', 'contacts/new', 'contacts/ann', 'escalation', 'escalation/security', 'oncall', 'oncall/new', 'oncall/around-the-clock', 'oncall/around-the-clock/rotations/new', 'readiness', 'simulate', 'simulate?plan=root-activity', 'plans', 'plans/root-activity', 'rules', 'rules/new', 'rules/root-activity', 'sources', 'checks', 'findings', 'findings?show=archived', 'outbox', 'jobs', 'dead-letters', 'audit', 'settings'];

async function tour(width, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') {
      bad++;
      console.log(`${page.url()}: ${m.text()}`);
    }
  });
  page.on('pageerror', (e) => (bad++, console.log(`${page.url()}: ${e.message}`)));
  page.on('request', (r) => {
    if (!r.url().startsWith(base) && !r.url().startsWith('data:')) (bad++, console.log(`asked elsewhere: ${r.url()}`));
  });
  const tag = `${width}-${colorScheme}`;
  const want = (name) => name.includes(only);
  for (const place of places) {
    const name = place.replace(/\W+/g, '-');
    if (!want(name)) continue;
    await page.goto(`${base}#/${place}`);
    await page.waitForLoadState('networkidle').catch(() => undefined);
    if (place === 'rules/new') await page.getByText('GuardDuty, severity').first().click();
    await shoot(page, `${name}-${tag}`);
  }
  if (want('incident-')) {
    await page.goto(`${base}#/incidents`);
    await page.getByRole('link', { name: 'Root user activity: root-activity' }).first().click();
    await page.getByRole('tab', { name: 'Overview' }).waitFor();
    for (const tab of ['Overview', 'Timeline', 'Engagements', 'Related items', 'Properties']) {
      await page.getByRole('tab', { name: tab }).click();
      await shoot(page, `incident-${tab.toLowerCase().replace(' ', '-')}-${tag}`);
    }
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).first().click();
    await shoot(page, `incident-acknowledge-${tag}`);
  }
  await context.close();
}

for (const width of [1280, 768, 375]) for (const scheme of ['light', 'dark']) await tour(width, scheme);
await browser.close();
console.log(bad === 0 ? 'fine' : `${bad} faults`);
process.exit(bad === 0 ? 0 : 1);

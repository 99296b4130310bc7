// The browser of all tests.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export function launch() {
  const executablePath = process.env.EXAMEN_CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, headless: true, args: ARGUMENTS });
}

/** A file in a window of its own; whatever it does that it must not is in `offences`. */
export async function openFile(browser, address, options, isOwn = (asked) => asked === address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const offences = [];
  page.on('request', (sent) => {
    if (!isOwn(sent.url())) offences.push(`request to ${sent.url()}`);
  });
  page.on('pageerror', (error) => offences.push(`error: ${error}`));
  page.on('console', (message) => offences.push(message.text()));
  await page.goto(address);
  return { page, offences };
}

/** What axe finds on a page: one line each. */
export async function axe(page) {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

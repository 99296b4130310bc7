// The page of `examen view` in a real browser, from its file.
//
// Needs in the environment: EXAMEN_VIEW, a page of two runs of at least 10 questions.
// Optional: EXAMEN_CHROMIUM (else /usr/bin/chromium); EXAMEN_SCREENSHOTS, a folder that pictures go to;
// EXAMEN_VIEW_MS, the longest time in which it may open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { axe, launch, openFile } from './launch.mjs';

assert.ok(process.env.EXAMEN_VIEW, 'EXAMEN_VIEW is not set: see the head of view.test.mjs');
const view = pathToFileURL(process.env.EXAMEN_VIEW).href;
let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

/** The page with its first question; its parts are unpacked as blobs. */
async function open(options) {
  const opened = await openFile(browser, view, options, (asked) => asked === view || asked.startsWith('blob:'));
  await opened.page.locator('#question h2').waitFor();
  return opened;
}

const counted = (page) => page.getByRole('status').textContent();
const total = async (page) => Number((await counted(page)).split(' of ')[1].split(' ')[0]);
const shown = async (page) => Number((await counted(page)).split(' of ')[0]);
const heading = (page) => page.locator('#question h2').textContent();

for (const [colorScheme, width] of [['light', 1280], ['dark', 1280], ['light', 400], ['dark', 400]]) {
  test(`axe finds nothing to complain about, ${colorScheme}, ${width} pixels wide`, async () => {
    const { page, offences } = await open({ colorScheme, viewport: { width, height: 900 } });
    const folder = process.env.EXAMEN_SCREENSHOTS;
    if (folder) await page.screenshot({ path: `${folder}/view-${colorScheme}-${width}.png` });
    assert.deepEqual(await axe(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
    assert.deepEqual(offences, []);
  });
}

test('it opens in time, however many questions there are', async () => {
  const { page } = await open();
  const entry = await page.evaluate(() => performance.getEntriesByType('navigation')[0].toJSON());
  const shownAt = await page.evaluate(() => performance.now());
  const most = Number(process.env.EXAMEN_VIEW_MS ?? 1000);
  console.log(`# ${await counted(page)}: loaded after ${Math.round(entry.loadEventEnd)} ms, shown before ${Math.round(shownAt)} ms`);
  assert.ok(entry.loadEventEnd < most, `${entry.loadEventEnd} ms`);
  assert.ok((await page.locator('[role=option]').count()) < 100);
});

test('questions are gone through by keyboard', async () => {
  const { page } = await open();
  const first = await heading(page);
  await page.keyboard.press('j');
  await page.waitForFunction((before) => document.querySelector('#question h2').textContent !== before, first);
  assert.equal(await page.locator('[role=option][aria-selected=true]').getAttribute('aria-posinset'), '2');
  await page.keyboard.press('End');
  assert.equal(await page.locator('[role=option][aria-selected=true]').getAttribute('aria-posinset'), String(await total(page)));
  await page.keyboard.press('Home');
  await page.waitForFunction((before) => document.querySelector('#question h2').textContent === before, first);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'question');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'listbox');
});

test('outcomes are filtered and add up', async () => {
  const { page } = await open();
  const outcome = page.getByLabel('Outcome');
  let sum = 0;
  for (const letter of ['r', 'w', 'u']) {
    await outcome.selectOption(letter);
    sum += await shown(page);
  }
  assert.equal(sum, await total(page));
  await outcome.selectOption('w');
  if ((await shown(page)) > 0) {
    await page.locator('#question h3 [aria-label=wrong]').first().waitFor();
    assert.ok((await page.locator('#question b', { hasText: 'chosen' }).count()) > 0);
  }
});

test('search finds words of the question and tells of none', async () => {
  const { page, offences } = await open();
  // The words of the first question may stand in all others.
  const first = await heading(page);
  await page.keyboard.press('End');
  await page.waitForFunction((before) => document.querySelector('#question h2').textContent !== before, first);
  const words = (await heading(page)).trim();
  await page.keyboard.press('/');
  await page.keyboard.type(words);
  const all = await total(page);
  await page.waitForFunction((count) => {
    const [shown] = document.querySelector('[role=status]').textContent.match(/^\d+/) ?? [];
    return shown !== undefined && Number(shown) < count;
  }, all, { timeout: 20_000 });
  assert.ok((await shown(page)) >= 1);
  await page.keyboard.type(' no question says this');
  await page.getByText('No question fits.').waitFor();
  assert.deepEqual(offences, []);
});

test('two runs stand side by side', async () => {
  const { page } = await open();
  assert.equal(await page.locator('.answers article').count(), 2);
  assert.equal(await page.locator('#question thead th.number').count(), 2);
  await page.getByLabel('Beside it').selectOption('-1');
  await page.waitForFunction(() => document.querySelectorAll('.answers article').length === 1);
});

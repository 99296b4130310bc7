// The report of a run in a real browser, from its file.
//
// Needs in the environment: EXAMEN_REPORT, a report with more than 12 documents.
// Optional: EXAMEN_CHROMIUM (else /usr/bin/chromium); EXAMEN_SCREENSHOTS, a folder that pictures go to.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { axe, launch, openFile } from './launch.mjs';

assert.ok(process.env.EXAMEN_REPORT, 'EXAMEN_REPORT is not set: see the head of report.test.mjs');
const report = pathToFileURL(process.env.EXAMEN_REPORT).href;
let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

const open = (options) => openFile(browser, report, options);

async function screenshot(page, name) {
  const folder = process.env.EXAMEN_SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/report-${name}.png`, fullPage: true });
}

const documents = (page) => page.locator('table', { has: page.locator('caption', { hasText: /^Documents$/ }) }).last();

/** The first cells of the rows that are shown. */
const names = (page) =>
  documents(page).locator('tbody tr:visible th').allTextContents();

for (const [colorScheme, width] of [['light', 1280], ['dark', 1280], ['light', 400], ['dark', 400]]) {
  test(`axe finds nothing to complain about, ${colorScheme}, ${width} pixels wide`, async () => {
    const { page, offences } = await open({ colorScheme, viewport: { width, height: 900 } });
    await screenshot(page, `${colorScheme}-${width}`);
    assert.deepEqual(await axe(page), []);
    await page.evaluate(() => document.querySelectorAll('details').forEach((fold) => (fold.open = true)));
    assert.deepEqual(await axe(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
    assert.deepEqual(offences, []);
  });
}

test('no letters of a chart stand outside of it or in each other', async () => {
  for (const width of [400, 1280]) {
    const { page } = await open({ viewport: { width, height: 900 } });
    const found = await page.evaluate(() => {
      const offences = [];
      for (const chart of document.querySelectorAll('figure > svg')) {
        const edge = chart.getBoundingClientRect();
        const texts = [...chart.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
        for (const [place, [words, box]] of texts.entries()) {
          if (box.left < edge.left - 1 || box.right > edge.right + 1) offences.push(`outside: ${words}`);
          for (const [other, beside] of texts.slice(place + 1)) {
            const apart = box.right <= beside.left || beside.right <= box.left || box.bottom - 3 <= beside.top || beside.bottom - 3 <= box.top;
            if (!apart) offences.push(`in each other: ${words} | ${other}`);
          }
        }
      }
      return offences;
    });
    assert.deepEqual(found, [], `${width} pixels wide`);
  }
});

test('tables are sorted and filtered by keyboard', async () => {
  const { page } = await open();
  const table = documents(page);
  const accepted = () => table.locator('tbody tr:visible td:nth-child(9)').allTextContents();
  await table.locator('th button', { hasText: 'Accepted' }).focus();
  await page.keyboard.press('Enter');
  const descending = (await accepted()).map(Number);
  assert.deepEqual(descending, [...descending].sort((one, other) => other - one));
  assert.equal(await table.locator('th[aria-sort=descending]').count(), 1);
  await page.keyboard.press('Enter');
  assert.deepEqual((await accepted()).map(Number), descending.reverse());

  const all = (await names(page)).length;
  await page.getByRole('searchbox', { name: 'Filter: Documents' }).focus();
  await page.keyboard.type('07.txt');
  assert.deepEqual(await names(page), ['documents/07.txt']);
  assert.equal(await page.getByRole('status').first().textContent(), `1 of ${all} rows`);
});

test('it can be read without its script', async () => {
  const { page } = await open({ javaScriptEnabled: false });
  assert.ok((await names(page)).length > 12);
  assert.equal(await page.locator('button, input').count(), 0);
});

// A browser, and a reviewer who works by keyboard, for `review.test.mjs`.

import assert from 'node:assert/strict';
import { request } from 'playwright-core';

const need = (name) => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: see the head of review.test.mjs`);
  return value;
};

export const url = need('EXAMEN_URL').replace(/\/$/, '');
export const owner = { username: need('EXAMEN_USERNAME'), password: need('EXAMEN_PASSWORD') };
export const annotator = { username: need('EXAMEN_USERNAME_2'), password: need('EXAMEN_PASSWORD_2') };

export { launch } from './launch.mjs';

/** The review API, logged in: to set the scene and to see what arrived. */
export class Api {
  static async as(user) {
    const context = await request.newContext({ baseURL: url });
    const reply = await context.post('/api/review/login', { data: user });
    assert.equal(reply.status(), 200, await reply.text());
    return new Api(context);
  }

  constructor(context) {
    this.context = context;
  }

  async get(path) {
    const reply = await this.context.get(`/api/review${path}`);
    assert.equal(reply.status(), 200, await reply.text());
    return reply.json();
  }

  async dataset() {
    const { items } = await this.get('/datasets');
    assert.ok(items.length > 0, 'the server has no dataset');
    return items[0];
  }

  async records(status) {
    const { id } = await this.dataset();
    return (await this.get(`/datasets/${id}/records?status=${status}&offset=0&limit=100`)).items;
  }

  async response(recordId) {
    for (const status of ['draft', 'submitted', 'discarded']) {
      const record = (await this.records(status)).find((other) => other.id === recordId);
      if (record) return record.response;
    }
    return null;
  }

  /** Takes all of the user's responses back. */
  async reset() {
    for (const status of ['draft', 'submitted', 'discarded']) {
      for (const { id } of await this.records(status)) {
        const reply = await this.context.delete(`/api/review/records/${id}/response`);
        assert.equal(reply.status(), 200, await reply.text());
      }
    }
  }
}

/** A browser window and the person in front of it. */
export class Reviewer {
  /** Everything the page did that it must never do, from all windows. */
  static offences = [];

  static async open(browser, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1360, height: 820 }, locale: 'en-US', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('request', (sent) => {
      if (!sent.url().startsWith(`${url}/`)) Reviewer.offences.push(`request to ${sent.url()}`);
    });
    page.on('pageerror', (error) => Reviewer.offences.push(`error: ${error}`));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) Reviewer.offences.push(message.text());
    });
    await page.goto(url);
    return new Reviewer(page, context);
  }

  static async loggedIn(browser, user, options = {}) {
    const reviewer = await Reviewer.open(browser, options);
    await reviewer.logIn(user);
    await reviewer.page.waitForSelector('.card');
    return reviewer;
  }

  constructor(page, context) {
    this.page = page;
    this.context = context;
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Fills the login form, which has the focus, and sends it. */
  async logIn({ username, password }) {
    await this.page.waitForSelector('#username:focus');
    await this.page.keyboard.type(username);
    await this.press('Tab');
    await this.page.keyboard.type(password);
    await this.press('Enter');
  }

  /** Id of the record that is shown; null at the end of the list. */
  record() {
    return this.page.evaluate(() => document.querySelector('.card')?.dataset.record ?? null);
  }

  /** Does something that must bring another record, and returns that record's id. */
  async goesOn(action) {
    const before = await this.record();
    await action();
    const shows = (id) => !document.querySelector('.loading') && document.querySelector('.card')?.dataset.record !== id;
    await this.page.waitForFunction(shows, before);
    return this.record();
  }

  /** Waits until the server has confirmed everything. */
  async saved() {
    const isSaved = () => !Object.keys(localStorage).some((key) => key.startsWith('examen.outbox.'));
    await this.page.waitForFunction(isSaved);
  }

  /** The numbers on the tabs. */
  counts() {
    return this.page.evaluate(() => {
      const tabs = [...document.querySelectorAll('.tab')];
      return Object.fromEntries(tabs.map((tab) => [tab.dataset.status, Number(tab.querySelector('.count').textContent)]));
    });
  }

  /** Waits until the tabs show these numbers. */
  async countsBecome(expected) {
    const matches = (wanted) =>
      Object.entries(wanted).every(
        ([status, n]) => Number(document.querySelector(`.tab[data-status=${status}] .count`)?.textContent) === n,
      );
    await this.page.waitForFunction(matches, expected).catch(() => undefined);
    assert.deepEqual(await this.counts(), { ...(await this.counts()), ...expected });
  }

  chosen() {
    return this.page.evaluate(() => document.querySelector('.option input:checked')?.value ?? null);
  }

  /** What has the focus, as a CSS-like word. */
  focus() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      return element.id || element.getAttribute('value') || element.tagName.toLowerCase();
    });
  }

  /** Tabs on until `selector` has the focus. */
  async tabTo(selector) {
    for (let i = 0; i < 60; i++) {
      if (await this.page.evaluate((css) => document.activeElement.matches(css), selector)) return;
      await this.press('Tab');
    }
    assert.fail(`Tab does not reach ${selector}`);
  }

  widest() {
    return this.page.evaluate(() => document.scrollingElement.scrollWidth);
  }

  async screenshot(name) {
    const folder = process.env.EXAMEN_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' });
  }

  close() {
    return this.context.close();
  }
}

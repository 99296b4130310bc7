// The review page in a real browser against a real server, by keyboard alone.
//
// Needs: `examen serve` with a dataset of at least 8 questions that no one else works on, and in the environment
//   EXAMEN_URL, EXAMEN_USERNAME and EXAMEN_PASSWORD (an owner), EXAMEN_USERNAME_2 and EXAMEN_PASSWORD_2 (an annotator).
// Optional: EXAMEN_CHROMIUM (else /usr/bin/chromium); EXAMEN_SCREENSHOTS, a folder that pictures for the docs go to.
// The tests take both users' responses back before they begin and when they are done.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { annotator, Api, launch, owner, Reviewer, url } from './browser.mjs';
import { axe } from './launch.mjs';

let browser;
let api;
let otherApi;

before(async () => {
  [browser, api, otherApi] = await Promise.all([launch(), Api.as(owner), Api.as(annotator)]);
  await reset();
  const { progress } = await api.dataset();
  assert.ok(progress.mine.pending >= 8, `the dataset has only ${progress.mine.pending} questions to review`);
});

beforeEach(reset);

after(async () => {
  await reset();
  await browser?.close();
});

async function reset() {
  await api.reset();
  await otherApi.reset();
}

/** In the page: whether the beginning of the marked quote can be seen. */
function markInView() {
  const [mark, passage] = ['mark', '.passage'].map((css) => document.querySelector(css).getBoundingClientRect());
  return mark.top >= passage.top && mark.top < passage.bottom;
}

/** The values of a blind answer; `first` is what was chosen before the model's answer was shown. */
const blind = (answer, first = answer) => ({ correct_answer: answer, first_answer: first, review_mode: 'blind' });

/** A test with one logged-in owner, whose window is closed at the end. */
function reviewing(name, work, options = {}) {
  test(name, async () => {
    const reviewer = await Reviewer.loggedIn(browser, owner, options);
    try {
      await work(reviewer, reviewer.page);
    } finally {
      await reviewer.close();
    }
  });
}

test('a wrong password is refused in words, the right one lets in, logging out leaves', async () => {
  const reviewer = await Reviewer.open(browser);
  const { page } = reviewer;
  await reviewer.logIn({ ...owner, password: 'not the password' });
  await page.getByRole('alert').getByText('User name or password is wrong.').waitFor();
  assert.equal(await reviewer.focus(), 'password');
  await reviewer.screenshot('login');
  await page.keyboard.type(owner.password);
  await reviewer.press('Enter');
  await page.waitForSelector('.card');
  await page.getByRole('button', { name: 'Log out' }).focus();
  await reviewer.press('Enter');
  await page.waitForSelector('#username:focus');
  await page.reload();
  await page.waitForSelector('#username');
  await reviewer.close();
});

/** The code that an authenticator shows for a secret in base 32 (RFC 6238). */
function oneTimeCode(secret, seconds = Date.now() / 1000) {
  const bits = [...secret].map((digit) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const mac = createHmac('sha1', key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1e6).padStart(6, '0');
}

test('one’s account: a password, a second factor, sessions and keys', async () => {
  const reviewer = await Reviewer.loggedIn(browser, annotator);
  const { page } = reviewer;
  const account = page.getByRole('dialog', { name: /^Account/ });
  await page.getByRole('button', { name: 'Your account' }).click();
  await account.getByText('This one').waitFor();
  assert.deepEqual(await axe(page), []);

  const part = (title) => account.locator('section').filter({ has: page.getByRole('heading', { name: title }) });
  const password = part('Password');
  const change = async (current, next) => {
    await password.getByLabel('Current password').fill(current);
    await password.getByLabel('New password').fill(next);
    await password.getByRole('button').click();
  };
  await change(annotator.password, 'iloveyou1');
  await password.getByRole('alert').getByText('attackers try').waitFor();
  await change(annotator.password, 'four quiet words here');
  await password.getByText('was changed').waitFor();
  await change('four quiet words here', annotator.password);
  await page.waitForFunction(() => document.querySelector('input[name=current]').value === '');
  otherApi = await Api.as(annotator);

  const keys = part('API keys');
  await keys.getByLabel('Name of a new key').fill('reading');
  await keys.getByLabel('Read only').check();
  await keys.getByRole('button', { name: 'Create' }).click();
  const key = await keys.locator('code.secret').textContent();
  const read = await page.request.get(`${url}/api/review/me`, { headers: { 'x-argilla-api-key': key } });
  assert.equal(read.status(), 200);
  await keys.getByRole('button', { name: 'Delete' }).click();
  await keys.getByText('· Read only').waitFor({ state: 'detached' });

  const factor = part('Second factor');
  await factor.getByLabel('Your password').fill(annotator.password);
  await factor.getByRole('button', { name: 'Set up' }).click();
  await factor.getByRole('img', { name: 'QR code' }).waitFor();
  await reviewer.screenshot('second-factor');
  assert.deepEqual(await axe(page), []);
  const secret = await factor.locator('code.secret').textContent();
  await factor.getByRole('textbox', { name: 'Code' }).fill(oneTimeCode(secret));
  await factor.getByRole('button', { name: 'Confirm' }).click();
  await factor.getByRole('button', { name: 'Turn off' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Log out' }).click();
  await reviewer.logIn(annotator);
  await page.waitForSelector('#code:focus');
  // The code of the next step: that of this one was used.
  await page.keyboard.type(oneTimeCode(secret, Date.now() / 1000 + 30));
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card');
  await reviewer.close();
  // An owner takes it away, as for somebody who lost the authenticator.
  const { items } = await api.get('/users');
  const { id } = items.find((user) => user.username === annotator.username);
  const gone = await api.context.delete(`/api/review/users/${id}/second-factor`);
  assert.equal(gone.status(), 204, await gone.text());
});

reviewing('1–4 choose, nothing is chosen before, Enter submits and goes on', async (reviewer, page) => {
  const start = await reviewer.counts();
  const first = await reviewer.record();
  assert.equal(await reviewer.chosen(), null);
  assert.equal(await reviewer.focus(), 'stem');
  for (const [key, value] of [['1', 'answer_a'], ['2', 'answer_b'], ['4', 'answer_d'], ['3', 'answer_c']]) {
    await reviewer.press(key);
    assert.equal(await reviewer.chosen(), value);
    assert.equal(await reviewer.focus(), value);
  }
  const second = await reviewer.goesOn(() => reviewer.press('Enter'));
  assert.notEqual(second, null);
  assert.equal(await reviewer.chosen(), null);
  assert.equal(await reviewer.focus(), 'stem');
  await page.getByRole('status').getByText('Submitted.').waitFor({ state: 'attached' });
  await reviewer.countsBecome({ pending: start.pending - 1, submitted: 1 });
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_c', 'answer_a') });
});

reviewing('Enter without an answer says what is missing and stays', async (reviewer, page) => {
  const first = await reviewer.record();
  await reviewer.press('Enter');
  await page.getByRole('alert').getByText('Choose an answer first.').waitFor();
  assert.equal(await reviewer.record(), first);
  await reviewer.press('1');
  await page.getByText('Choose an answer first.').waitFor({ state: 'detached' });
});

reviewing('Backspace discards, u undoes and keeps what was entered', async (reviewer, page) => {
  const start = await reviewer.counts();
  const first = await reviewer.record();
  await reviewer.goesOn(() => reviewer.press('Backspace'));
  await reviewer.countsBecome({ pending: start.pending - 1, discarded: 1 });
  await reviewer.saved();
  assert.equal((await api.response(first))?.status, 'discarded');

  assert.equal(await reviewer.goesOn(() => reviewer.press('u')), first);
  await reviewer.countsBecome({ pending: start.pending, discarded: 0 });
  await reviewer.saved();
  assert.equal(await api.response(first), null);

  await reviewer.press('2');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  assert.equal(await reviewer.goesOn(() => reviewer.press('u')), first);
  assert.equal(await reviewer.chosen(), 'answer_b');
  await reviewer.countsBecome({ pending: start.pending, submitted: 0 });
});

reviewing('arrows move; what is left unfinished becomes a draft; a submitted answer can be changed', async (reviewer, page) => {
  const first = await reviewer.record();
  await reviewer.press('ArrowLeft');
  assert.equal(await reviewer.record(), first);
  const second = await reviewer.goesOn(() => reviewer.press('ArrowRight'));
  assert.notEqual(second, first);
  assert.equal(await reviewer.goesOn(() => reviewer.press('ArrowLeft')), first);

  await reviewer.press('4');
  await reviewer.goesOn(() => reviewer.press('ArrowRight'));
  await reviewer.countsBecome({ draft: 1 });
  await reviewer.goesOn(() => reviewer.press('ArrowLeft'));
  assert.equal(await reviewer.chosen(), 'answer_d');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.countsBecome({ draft: 0, submitted: 1 });

  await reviewer.goesOn(() => reviewer.press('ArrowLeft'));
  await reviewer.press('1');
  await page.getByText('Changed, not saved yet').waitFor();
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_a', 'answer_d') });
});

reviewing('e opens the improved texts; typing fires no keys; Ctrl+Enter submits them', async (reviewer, page) => {
  const first = await reviewer.record();
  const [record] = (await api.records('pending')).filter(({ id }) => id === first);
  await reviewer.press('2', 'e');
  await page.waitForSelector('#question-improved_question:focus');
  assert.equal(await page.getAttribute('#question-improved_question', 'placeholder'), record.fields.question);
  assert.equal(await page.getAttribute('#question-improved_answer', 'placeholder'), record.fields.answer_b);
  await page.keyboard.type('Which one, 1 or 3? u e');
  await reviewer.press('Enter', 'Backspace', 'Enter', 'ArrowLeft', 'ArrowRight');
  await page.keyboard.type('Really?');
  await reviewer.screenshot('improve');
  await reviewer.press('Tab');
  await page.waitForFunction(() => document.activeElement.matches('button.link, #question-improved_answer'));
  await reviewer.tabTo('#question-improved_answer');
  await page.keyboard.type('A better answer');
  assert.equal(await reviewer.record(), first);
  assert.equal(await reviewer.chosen(), 'answer_b');
  await reviewer.press('Escape');
  assert.equal(await reviewer.focus(), 'stem');
  await reviewer.press('e');
  await reviewer.goesOn(() => reviewer.press('Control+Enter'));
  await reviewer.saved();
  const values = {
    ...blind('answer_b'),
    improved_question: 'Which one, 1 or 3? u e\nReally?',
    improved_answer: 'A better answer',
  };
  assert.deepEqual(await api.response(first), { status: 'submitted', values });
});

reviewing('the current text can be taken over to be changed', async (reviewer, page) => {
  await reviewer.press('e');
  await page.waitForSelector('#question-improved_question:focus');
  await reviewer.press('Shift+Tab', 'Enter');
  await page.waitForSelector('#question-improved_question:focus');
  const stem = await page.textContent('#stem');
  assert.equal(await page.inputValue('#question-improved_question'), stem);
});

reviewing('counts are right after a reload, and words that were not sent are still there', async (reviewer, page) => {
  await reviewer.press('1');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.goesOn(() => reviewer.press('Backspace'));
  await reviewer.press('e');
  await page.waitForSelector('#question-improved_question:focus');
  await page.keyboard.type('Half a sentence');
  await reviewer.saved();
  const unfinished = await reviewer.record();
  await page.reload();
  await page.waitForSelector('.card');
  const { mine, total } = (await api.dataset()).progress;
  assert.deepEqual(await reviewer.counts(), mine);
  assert.equal(mine.submitted + mine.discarded, 2);
  const bar = page.getByRole('progressbar');
  assert.equal(await bar.getAttribute('aria-valuenow'), '2');
  assert.equal(await bar.getAttribute('aria-valuemax'), String(total));
  assert.equal(await reviewer.record(), unfinished);
  assert.equal(await page.inputValue('#question-improved_question'), 'Half a sentence');
});

reviewing('the lists by status hold what was done, and stay after a reload', async (reviewer, page) => {
  const first = await reviewer.record();
  const second = await reviewer.goesOn(() => reviewer.press('Backspace'));
  await reviewer.press('3');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  for (const [status, id] of [['discarded', first], ['submitted', second]]) {
    await page.focus(`.tab[data-status=${status}]`);
    await reviewer.goesOn(() => reviewer.press('Enter'));
    await page.waitForSelector(`.card[data-record="${id}"]`);
  }
  await page.reload();
  await page.waitForSelector(`.card[data-record="${second}"]`);
  assert.equal(await reviewer.chosen(), 'answer_c');
  await reviewer.press('ArrowRight');
  await page.getByRole('heading', { name: 'End of the list' }).waitFor();
  await page.focus('.tab[data-status=draft]');
  await reviewer.press('Enter');
  await page.getByRole('heading', { name: /No drafts/ }).waitFor();
});

test('two reviewers at once: neither is given what the other has answered', async () => {
  const one = await Reviewer.loggedIn(browser, owner);
  const answered = [];
  for (let i = 0; i < 2; i++) {
    answered.push(await one.record());
    await one.press('1');
    await one.goesOn(() => one.press('Enter'));
  }
  await one.saved();
  const two = await Reviewer.loggedIn(browser, annotator);
  const { total } = (await api.dataset()).progress;
  await two.countsBecome({ pending: total - 2, submitted: 0 });
  const seen = [];
  for (let id = await two.record(); id !== null; id = await two.goesOn(() => two.press('ArrowRight'))) seen.push(id);
  assert.equal(new Set(seen).size, total - 2);
  assert.deepEqual(seen.filter((id) => answered.includes(id)), []);
  await two.page.getByText(`${total - 2} questions are still pending.`).waitFor();
  const bar = two.page.getByRole('progressbar');
  assert.match(await bar.getAttribute('aria-valuetext'), new RegExp(`^0 of ${total}\\. All reviewers: 2 of ${total}`));
  await one.close();
  await two.close();
});

reviewing('every question can be answered up to “All done”', async (reviewer, page) => {
  const { pending } = await reviewer.counts();
  for (let i = 0; i < pending; i++) {
    await reviewer.press('2');
    await reviewer.goesOn(() => reviewer.press('Enter'));
  }
  await page.getByRole('heading', { name: 'All done' }).waitFor();
  await reviewer.saved();
  const { mine } = (await api.dataset()).progress;
  assert.deepEqual([mine.pending, mine.submitted], [0, pending]);
  await reviewer.screenshot('done');
});

reviewing('the quote is marked in the passage and in view', async (reviewer, page) => {
  // Some work done, for the pictures.
  await reviewer.press('1');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.goesOn(() => reviewer.press('Backspace'));
  await reviewer.saved();
  const isQuoted = ({ fields, metadata }) => fields.passage?.includes(metadata.quote);
  const quoted = new Map((await api.records('pending')).filter(isQuoted).map((record) => [record.id, record]));
  assert.ok(quoted.size > 0, 'no question of the dataset has a passage with its quote');
  while (!quoted.has(await reviewer.record())) await reviewer.goesOn(() => reviewer.press('ArrowRight'));
  const { metadata, suggestions } = quoted.get(await reviewer.record());
  const words = (text) => text.split(/\s+/).filter((word) => !/^#*$/.test(word)).join(' ');
  const marked = await page.locator('mark').allTextContents();
  assert.equal(words(marked.join(' ')), words(metadata.quote));
  assert.ok(await page.evaluate(markInView), 'the mark is scrolled out of view');
  assert.equal(await page.getAttribute('.passage-text', 'lang'), metadata.language ?? null);
  assert.equal(await page.textContent('.source summary'), metadata.document ?? metadata.document_id);
  if (suggestions.correct_answer) await page.focus(`input[value=${suggestions.correct_answer.value}]`);
  await reviewer.press('Space');
  await reviewer.screenshot('review');
  await page.emulateMedia({ colorScheme: 'dark' });
  await reviewer.screenshot('review-dark');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForFunction(markInView);
  await reviewer.screenshot('review-phone-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await reviewer.screenshot('review-phone');
});

/** Gives the first record that the page is sent other texts. */
async function withTexts(page, change) {
  await page.route('**/records?*', async (route) => {
    const reply = await route.fetch();
    const json = await reply.json();
    if (json.items[0]) change(json.items[0]);
    await route.fulfill({ response: reply, json });
  });
  await page.reload();
  await page.waitForSelector('.card');
}

reviewing('formulas, tables and code are drawn, HTML is not, and the quote is marked in all of them', async (reviewer, page) => {
  await withTexts(page, ({ fields, metadata }) => {
    fields.question = 'What is $\\frac{a}{b}$?\n\n```py\nif a:\n    b()\n```';
    fields.answer_a = '__init__.py';
    fields.answer_b = '$x^2$';
    fields.passage = '| Drug | Dose |\n| --- | --- |\n| Aspirin | $5$ mg |\n\n<img src=x onerror="document.title=1">';
    metadata.quote = '| Aspirin | $5$ mg |';
  });
  assert.equal(await page.locator('#stem mfrac').count(), 1);
  assert.match(await page.textContent('#stem pre'), /^if a:\n {4}b\(\)/);
  assert.equal(await page.textContent('.option-text >> nth=0'), '__init__.py');
  assert.equal(await page.locator('.option-text msup').count(), 1);
  assert.deepEqual(await page.locator('td mark').allTextContents(), ['Aspirin', '5', ' mg']);
  assert.equal(await page.locator('.passage img').count(), 0);
  assert.match(await page.textContent('.passage-text'), /<img src=x/);
  assert.deepEqual(await axe(page), []);
  await reviewer.screenshot('texts');
});

reviewing('Arabic runs from right to left, with its quote', async (reviewer, page) => {
  await withTexts(page, ({ fields, metadata }) => {
    fields.question = 'ما هي جرعة Aspirin؟';
    fields.passage = '- يعطى الأسبرين (Aspirin 100 mg) مرة واحدة.\n- البند الثاني';
    metadata.quote = 'يعطى الأسبرين (Aspirin 100 mg)';
  });
  const direction = (css) => page.evaluate((css) => getComputedStyle(document.querySelector(css)).direction, css);
  for (const css of ['#stem .text', '.passage-text ul', '.passage-text li']) assert.equal(await direction(css), 'rtl', css);
  assert.equal(await page.locator('mark').count(), 1);
  await reviewer.screenshot('texts-arabic');
});

reviewing('t takes the text that a model suggests', async (reviewer, page) => {
  await withTexts(page, ({ suggestions }) => {
    suggestions.improved_question = { value: 'A better question?', agent: 'model' };
  });
  await reviewer.press('t');
  assert.equal(await page.locator('.suggested, #question-improved_question').count(), 0);
  await reviewer.press('s');
  await page.locator('.suggested').getByText('A better question?').waitFor();
  await reviewer.press('t');
  assert.equal(await page.inputValue('#question-improved_question'), 'A better question?');
  assert.deepEqual(await axe(page), []);
});

reviewing('what the checks found is shown beside the question, after the answer', async (reviewer, page) => {
  const remarks = ['longest_key: the key is the longest option', 'negative: the question asks for what is not so'];
  await withTexts(page, ({ metadata }) => Object.assign(metadata, { section: 'Doses > Adults', page: 3, kind: 'recall', difficulty: 'hard', remarks }));
  const findings = page.getByRole('region', { name: 'About this question' });
  assert.equal(await findings.count(), 0);
  await reviewer.press('2');
  assert.deepEqual(await findings.getByRole('listitem').allTextContents(), remarks);
  assert.deepEqual(await findings.locator('dd').allTextContents(), ['Doses > Adults', '3', 'recall', 'hard']);
  assert.deepEqual(await axe(page), []);
  await reviewer.screenshot('findings');
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok((await reviewer.widest()) <= 320);
});

reviewing('a key each names what is wrong; a comment says more; both go with the decision', async (reviewer, page) => {
  const first = await reviewer.record();
  const flaws = page.getByRole('group', { name: 'What is wrong with it?' });
  await reviewer.press('n', 'a', 'b', 'b');
  await page.getByRole('status').getByText('Flaw taken back.').waitFor({ state: 'attached' });
  const named = () => flaws.locator('input:checked').evaluateAll((inputs) => inputs.map((input) => input.value));
  assert.deepEqual(await named(), ['none_right', 'ambiguous']);
  const second = await reviewer.goesOn(() => reviewer.press('Backspace'));
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'discarded', values: { flaws: ['none_right', 'ambiguous'], review_mode: 'blind' } });

  // What is called “other” needs words, whatever is decided.
  await reviewer.press('2', 'o');
  await page.waitForSelector('#question-review_comment:focus');
  await reviewer.press('Escape', 'Enter');
  await page.getByRole('alert').getByText('Write an answer first.').waitFor();
  await page.waitForSelector('#question-review_comment:focus');
  await reviewer.press('Escape', 'Backspace', 'c');
  assert.equal(await reviewer.record(), second);
  await page.keyboard.type('The unit is missing.');
  assert.deepEqual(await axe(page), []);
  await reviewer.screenshot('flaws');
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok((await reviewer.widest()) <= 320);
  await reviewer.goesOn(() => reviewer.press('Control+Enter'));
  await reviewer.saved();
  const values = { ...blind('answer_b'), flaws: ['other'], review_comment: 'The unit is missing.' };
  assert.deepEqual(await api.response(second), { status: 'submitted', values });
  await reviewer.goesOn(() => reviewer.press('ArrowLeft'));
  assert.deepEqual(await named(), ['other']);
  assert.equal(await page.inputValue('#question-review_comment'), 'The unit is missing.');
});

/** The option that the model suggests for the record that is shown, and another. */
async function keyOf(reviewer) {
  const id = await reviewer.record();
  const all = await Promise.all(['pending', 'draft'].map((status) => api.records(status)));
  const key = all.flat().find((record) => record.id === id).suggestions.correct_answer.value;
  const number = 'abcd'.indexOf(key.at(-1)) + 1;
  const other = (number % 4) + 1;
  return { key, number, other, otherValue: `answer_${'abcd'[other - 1]}` };
}

reviewing('the model’s answer is hidden until one has answered; then it is compared, and both answers are kept', async (reviewer, page) => {
  const badges = page.locator('.options .badge');
  const first = await reviewer.record();
  const { key, number, other, otherValue } = await keyOf(reviewer);
  await page.getByText('is hidden until you have chosen').waitFor();
  assert.equal(await badges.count(), 0);
  await reviewer.press('e');
  assert.equal(await page.getAttribute('#question-improved_answer', 'placeholder'), '');
  await reviewer.press('Escape');
  await reviewer.screenshot('blind');
  await reviewer.press(String(other));
  await page.getByText(`The model’s answer is ${number}.`).waitFor();
  await page.getByRole('status').getByText('The model’s answer is another.').waitFor({ state: 'attached' });
  assert.equal(await badges.count(), 1);
  assert.deepEqual(await axe(page), []);
  await reviewer.screenshot('blind-differs');
  await page.reload();
  await page.getByText(`The model’s answer is ${number}.`).waitFor();
  await reviewer.press(String(number));
  await page.getByText(`You had chosen ${other} first`).waitFor();
  const second = await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind(key, otherValue) });

  // What is right takes two keys.
  assert.equal(await badges.count(), 0);
  const right = await keyOf(reviewer);
  await reviewer.press(String(right.number));
  await page.getByText('The model’s answer is the same.').first().waitFor({ state: 'attached' });
  await reviewer.screenshot('blind-agrees');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.saved();
  assert.deepEqual(await api.response(second), { status: 'submitted', values: blind(right.key) });
});

reviewing('s shows the model’s answer at once, and the answer is marked as assisted', async (reviewer, page) => {
  const first = await reviewer.record();
  const { key, number } = await keyOf(reviewer);
  await reviewer.press('s');
  await page.getByText('yours is marked as assisted').waitFor();
  assert.equal(await page.locator('.option:has(.badge) input').getAttribute('value'), key);
  assert.deepEqual(await axe(page), []);
  await reviewer.screenshot('assisted');
  await reviewer.press(String(number));
  const second = await reviewer.goesOn(() => reviewer.press('Enter'));
  // Whoever discards sees it afterwards: an answer after that is assisted too.
  await reviewer.goesOn(() => reviewer.press('Backspace'));
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: { correct_answer: key, review_mode: 'assisted' } });
  assert.deepEqual(await api.response(second), { status: 'discarded', values: { review_mode: 'blind' } });
  await reviewer.goesOn(() => reviewer.press('ArrowLeft'));
  assert.equal(await page.locator('.options .badge').count(), 1);
  await reviewer.press('1');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.saved();
  assert.deepEqual((await api.response(second)).values, { correct_answer: 'answer_a', review_mode: 'assisted' });
});

reviewing('datasets that are assisted, or of no mode, show the model’s answer; only the former mark it', async (reviewer, page) => {
  const whole = await api.dataset();
  let mode = 'assisted';
  await page.route(`**/datasets/${whole.id}`, async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ response: reply, json: { ...(await reply.json()), mode } });
  });
  const answers = async (values) => {
    await page.reload();
    await page.waitForSelector('.card .badge');
    const id = await reviewer.record();
    await reviewer.press('1');
    await reviewer.goesOn(() => reviewer.press('Enter'));
    await reviewer.saved();
    assert.deepEqual(await api.response(id), { status: 'submitted', values });
  };
  await answers({ correct_answer: 'answer_a', review_mode: 'assisted' });
  mode = null;
  await answers({ correct_answer: 'answer_a' });
});

reviewing('a changed answer is saved when one goes on without a submit', async (reviewer) => {
  const first = await reviewer.record();
  await reviewer.press('1');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await reviewer.goesOn(() => reviewer.press('ArrowLeft'));
  await reviewer.press('2');
  await reviewer.goesOn(() => reviewer.press('ArrowRight'));
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_b', 'answer_a') });
  assert.equal(await reviewer.goesOn(() => reviewer.press('u')), first);
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_a') });
});

reviewing('a question that was deleted is told, and nobody is brought back to it', async (reviewer, page) => {
  const first = await reviewer.record();
  await page.route('**/response', (route) => route.fulfill({ status: 404, json: { error: { message: 'no such record' } } }));
  await reviewer.press('1');
  const second = await reviewer.goesOn(() => reviewer.press('Enter'));
  await page.getByRole('alert').getByText(/was deleted meanwhile/).waitFor();
  await page.unroute('**/response');
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await reviewer.press('ArrowLeft');
  assert.deepEqual([await reviewer.record(), first === second], [second, false]);
});

reviewing('dark by the system, and by the switch, which is remembered', async (reviewer, page) => {
  const lightness = () =>
    page.evaluate(() => {
      const [r, g, b] = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number);
      return (r + g + b) / 3;
    });
  assert.ok((await lightness()) > 200);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.ok((await lightness()) < 60);
  await page.getByRole('button', { name: 'Theme: as the system' }).focus();
  await reviewer.press('Enter');
  assert.ok((await lightness()) > 200, 'light although the system is dark');
  await page.getByRole('button', { name: 'Theme: light' }).focus();
  await reviewer.press('Enter');
  await page.emulateMedia({ colorScheme: 'light' });
  assert.ok((await lightness()) < 60, 'dark although the system is light');
  await page.reload();
  await page.waitForSelector('.card');
  assert.ok((await lightness()) < 60);
});

test('at 320 pixels nothing scrolls sideways', async () => {
  const reviewer = await Reviewer.open(browser, { viewport: { width: 320, height: 640 } });
  assert.ok((await reviewer.widest()) <= 320, 'login');
  await reviewer.logIn(owner);
  await reviewer.page.waitForSelector('.card');
  for (let id = await reviewer.record(); id !== null; id = await reviewer.goesOn(() => reviewer.press('ArrowRight'))) {
    assert.ok((await reviewer.widest()) <= 320, `record ${id}`);
  }
  await reviewer.goesOn(() => reviewer.press('ArrowLeft'));
  await reviewer.press('e');
  assert.ok((await reviewer.widest()) <= 320, 'improved texts');
  await reviewer.press('Escape', '?');
  assert.ok((await reviewer.widest()) <= 320, 'help');
  await reviewer.close();
});

reviewing('every control is reached by Tab and shows that it has the focus', async (reviewer, page) => {
  const reached = new Set();
  for (let i = 0; i < 60; i++) {
    await reviewer.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      const ring = getComputedStyle(element.closest('.option, .choice') ?? element);
      const name = element.getAttribute('aria-label') ?? element.textContent.trim();
      return { name: name || element.value, visible: ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 2 };
    });
    if (!stop) continue;
    assert.ok(stop.visible, `no visible focus on ${stop.name}`);
    reached.add(stop.name.replace(/\s.*/, ''));
  }
  for (const name of ['Pending', 'Discarded', 'Keyboard', 'Language', 'Log', 'Source', 'answer_a', 'several_right', 'other', 'Show', 'Comment', 'Improve', 'Next', 'Discard', 'Submit']) {
    const passage = name === 'Source' ? await page.locator('.passage').count() : 1;
    if (passage) assert.ok(reached.has(name), `${name} among ${[...reached]}`);
  }
});

reviewing('? shows the keys; they rest while it is open; Esc returns', async (reviewer, page) => {
  const first = await reviewer.record();
  await reviewer.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await reviewer.screenshot('help');
  await reviewer.press('Backspace', '2', 'ArrowRight');
  assert.equal(await reviewer.record(), first);
  assert.equal(await reviewer.chosen(), null);
  await reviewer.press('Escape');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'hidden' });
  await reviewer.press('2');
  assert.equal(await reviewer.chosen(), 'answer_b');
});

reviewing('without a network work goes on, and what was done is saved afterwards', async (reviewer, page) => {
  const first = await reviewer.record();
  await reviewer.context.setOffline(true);
  await reviewer.press('2');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await page.getByRole('alert').getByText(/1 answer is not saved on the server yet/).waitFor();
  await reviewer.screenshot('offline');
  await reviewer.context.setOffline(false);
  await reviewer.press('r');
  await page.getByText(/not saved on the server/).waitFor({ state: 'detached' });
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_b') });
});

reviewing('what was done without a network is saved even if the page was closed', async (reviewer, page) => {
  const first = await reviewer.record();
  await reviewer.context.setOffline(true);
  await reviewer.press('2');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await page.getByRole('alert').getByText(/not saved/).waitFor();
  await page.goto('about:blank');
  assert.equal(await api.response(first), null);
  await reviewer.context.setOffline(false);
  await page.goto(process.env.EXAMEN_URL);
  await page.waitForSelector('.card');
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_b') });
});

reviewing('when the session ends, one logs in again and nothing is lost', async (reviewer, page) => {
  const first = await reviewer.record();
  await reviewer.context.clearCookies();
  await reviewer.press('3', 'Enter');
  await page.getByText(/Your session has ended/).waitFor();
  await reviewer.logIn(owner);
  await page.waitForSelector('.card');
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_c') });
});

reviewing('when somebody else logs in in another window, nothing is stored as theirs', async (reviewer, page) => {
  const first = await reviewer.record();
  const reply = await reviewer.context.request.post(`${url}/api/review/login`, { data: annotator });
  assert.equal(reply.status(), 200);
  await reviewer.press('3', 'Enter');
  await page.getByText(/Your session has ended/).waitFor();
  assert.equal(await otherApi.response(first), null);
  await reviewer.logIn(owner);
  await page.waitForSelector('.card');
  await reviewer.saved();
  assert.deepEqual(await api.response(first), { status: 'submitted', values: blind('answer_c') });
});

reviewing('what the server refuses comes back with its words and a way to the question', async (reviewer, page) => {
  const first = await reviewer.record();
  await page.route('**/response', (route) =>
    route.fulfill({ status: 422, json: { error: { message: 'the label is unknown' } } }),
  );
  await reviewer.press('3');
  await reviewer.goesOn(() => reviewer.press('Enter'));
  await page.getByRole('alert').getByText('An answer was not accepted: the label is unknown').waitFor();
  await reviewer.countsBecome({ submitted: 0 });
  await page.unroute('**/response');
  await page.getByRole('button', { name: 'Show the question' }).focus();
  assert.equal(await reviewer.goesOn(() => reviewer.press('Enter')), first);
  assert.equal(await reviewer.chosen(), 'answer_c');
});

reviewing(
  'the page speaks Spanish to a Spanish browser, and English when asked',
  async (reviewer, page) => {
    assert.equal(await page.getAttribute('html', 'lang'), 'es');
    await page.getByRole('button', { name: 'Descartar', exact: true }).waitFor();
    await reviewer.screenshot('review-es');
    await page.getByRole('combobox', { name: 'Idioma' }).focus();
    await page.keyboard.type('Eng');
    await page.getByRole('button', { name: 'Submit', exact: true }).waitFor();
    await page.reload();
    await page.waitForSelector('.card');
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
  },
  { locale: 'es-ES' },
);

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing to complain about, ${colorScheme}`, async () => {
    const reviewer = await Reviewer.open(browser, { colorScheme, reducedMotion: 'reduce' });
    const { page } = reviewer;
    const check = async (what) => {
      const found = await axe(page);
      assert.deepEqual(found, [], what);
    };
    await page.waitForSelector('#username:focus');
    await check('login');
    await reviewer.logIn(owner);
    await page.waitForSelector('.card');
    await check('question');
    await reviewer.press('1', 'e');
    await check('improving');
    await reviewer.press('Escape', '?');
    await check('help');
    await reviewer.press('Escape');
    await reviewer.goesOn(() => reviewer.press('Backspace'));
    await reviewer.goesOn(() => reviewer.press('ArrowLeft'));
    await check('discarded');
    await reviewer.close();
  });
}

test('no window asked another host, broke the security policy or threw an error', () => {
  assert.deepEqual(Reviewer.offences, []);
});

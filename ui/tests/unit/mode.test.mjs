// Blind and assisted reviews as data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { answered, asked, isRevealed, marked, seen } = await load('../tests/unit/kinds');

const label = (name) => ({ name, title: name, description: null, required: false, settings: { type: 'label_selection', options: [{ value: 'a', text: 'A' }] } });
const questions = ['correct_answer', 'review_mode', 'first_answer'].map(label);
const dataset = (mode) => ({ questions, mode });
const record = (status) => ({ suggestions: { correct_answer: { value: 'a', agent: null } }, response: status ? { status, values: {} } : null });

test('what the page notes is asked of nobody, unless the dataset is not ours', () => {
  const names = (mode) => asked(dataset(mode)).map(({ name }) => name);
  assert.deepEqual(names('blind'), ['correct_answer']);
  assert.deepEqual(names(null), ['correct_answer', 'review_mode', 'first_answer']);
});

test('a blind dataset hides what is suggested until something was decided', () => {
  assert.ok(isRevealed(dataset('assisted'), record(), {}));
  assert.ok(isRevealed(dataset(null), record(), {}));
  assert.ok(!isRevealed(dataset('blind'), record('draft'), {}));
  assert.ok(isRevealed(dataset('blind'), record('discarded'), {}));
  assert.ok(isRevealed(dataset('blind'), record(), { first_answer: 'a' }));
  assert.deepEqual(seen(dataset('blind'), record(), {}).suggestions, {});
});

test('the first choice is kept, and one that follows the model’s is assisted', () => {
  const choose = (mode, status, values, value) => answered(dataset(mode), record(status), values, 'correct_answer', value);
  const first = choose('blind', undefined, {}, 'a');
  assert.deepEqual(first, { correct_answer: 'a', first_answer: 'a' });
  assert.deepEqual(choose('blind', undefined, first, 'b'), { correct_answer: 'b', first_answer: 'a' });
  assert.deepEqual(choose('blind', 'discarded', { review_mode: 'blind' }, 'a'), { correct_answer: 'a', review_mode: 'assisted' });
  assert.deepEqual(choose(null, undefined, {}, 'a'), { correct_answer: 'a' });
  assert.deepEqual(marked(dataset('blind'), first), { ...first, review_mode: 'blind' });
  assert.deepEqual(marked(dataset('blind'), { review_mode: 'assisted' }), { review_mode: 'assisted' });
  assert.deepEqual(marked(dataset(null), {}), {});
});

// Answers as data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { clean, equal, missing, untold } = await load('answers');

test('empty text is no answer', () => {
  assert.deepEqual(clean({ a: ' x ', b: ' \n ' }), { a: 'x' });
  assert.ok(equal({ a: 'x', b: '' }, { a: 'x' }));
  assert.ok(!equal({ a: 'x' }, { a: 'x', b: 'y' }));
  assert.ok(!equal({ a: 'x' }, { b: 'x' }));
});

test('answers that are no text are compared as a whole', () => {
  const ranking = [{ value: 'a', rank: 1 }];
  assert.deepEqual(clean({ a: ranking, b: 0, c: false, d: [], e: null }), { a: ranking, b: 0, c: false, d: [] });
  assert.ok(equal({ a: ranking }, { a: [{ rank: 1, value: 'a' }] }));
  assert.ok(!equal({ a: ranking }, { a: [{ value: 'a', rank: 2 }] }));
  assert.ok(!equal({ a: ranking }, { a: [...ranking, ...ranking] }));
  assert.ok(!equal({ a: [] }, { a: '' }));
});

test('the first required question without an answer is found', () => {
  const questions = [{ name: 'a', required: false }, { name: 'b', required: true }, { name: 'c', required: true }];
  assert.equal(missing(questions, { a: 'x' })?.name, 'b');
  assert.equal(missing(questions, { b: 'x', c: ' ' })?.name, 'c');
  assert.equal(missing(questions, { b: 'x', c: 'y' }), undefined);
});

test('a flaw that only words can tell asks for them', () => {
  const questions = [{ name: 'flaws' }, { name: 'review_comment' }];
  assert.equal(untold(questions, { flaws: ['trivial', 'other'] })?.name, 'review_comment');
  assert.equal(untold(questions, { flaws: ['other'], review_comment: 'x' }), undefined);
  assert.equal(untold(questions, { flaws: ['trivial'] }), undefined);
  assert.equal(untold([{ name: 'flaws' }], { flaws: ['other'] }), undefined);
});

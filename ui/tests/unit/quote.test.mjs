// Where a quote stands in its passage.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { findQuote } = await load('text/quote');

/** The parts of the pieces that a quote covers. */
const found = (pieces, quote) => {
  const all = [pieces].flat();
  const range = findQuote(all, quote);
  if (!range) return undefined;
  const { start, end } = range;
  const part = (text, i) => text.slice(i === start.piece ? start.offset : 0, i === end.piece ? end.offset : undefined);
  const covered = all.map((text, i) => (i < start.piece || i > end.piece ? '' : part(text, i)));
  return Array.isArray(pieces) ? covered : covered[0];
};

test('a quote is found word for word', () => {
  assert.equal(found('One. Two two. Three.', ' Two two. '), 'Two two.');
});

test('white space, quotation marks, dashes, case and emphasis do not matter', () => {
  assert.equal(found('It is\n  “kept   cold”, always.', 'is "kept cold",'), 'is\n  “kept   cold”,');
  assert.equal(found('2–8 °C\u00a0only', '2-8 °C only'), '2–8 °C\u00a0only');
  assert.equal(found('The **Door** stays closed', 'the door stays'), 'The **Door** stays');
  assert.equal(found('İstanbul is İzmir’s peer', "izmir's peer"), undefined);
  assert.equal(found('İstanbul is İzmir’s peer', "İzmir's PEER"), 'İzmir’s peer');
});

test('quotation marks and dots around the quote are dropped', () => {
  assert.equal(found('Before. The door stays closed, then.', '"…the door stays closed…"'), 'The door stays closed');
});

test('what is not there is not found', () => {
  for (const [passage, quote] of [['One. Two.', 'Three'], ['One. Two.', '  '], ['One. Two.', '"…"'], ['', 'Three']])
    assert.equal(found(passage, quote), undefined);
});

test('a quote is found over the borders of what is drawn', () => {
  assert.deepEqual(found(['One two.', 'Three four.'], 'two. Three'), ['two.', 'Three']);
  assert.deepEqual(found(['Drug', 'Dose', 'Aspirin', '100 mg'], '| Aspirin | 100 mg |'), ['', '', 'Aspirin', '100 mg']);
  assert.deepEqual(found(['Call ', 'f(x)', ' twice.'], 'Call `f(x)` twice'), ['Call ', 'f(x)', ' twice']);
  assert.deepEqual(found(['The sum ', 'a_1 + b', ' is even.'], 'sum $a_1 + b$ is'), ['sum ', 'a_1 + b', ' is']);
  assert.deepEqual(found(['See ', 'the law', '.'], 'See [the law](https://example.org).'), ['See ', 'the law', '.']);
});

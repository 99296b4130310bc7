// Where a quote stands in its passage, and how a passage is cut into paragraphs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { blocks, findQuote } = await load('quote');

const found = (passage, quote) => {
  const range = findQuote(passage, quote);
  return range && passage.slice(range.start, range.end);
};
const drawn = (passage, ...quotes) =>
  blocks(passage, quotes.map((quote) => findQuote(passage, quote))).map((block) =>
    block.pieces.map((piece) => (piece === null ? '⏎' : piece.marked ? `[${piece.text}]` : piece.text)).join(''),
  );

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
  assert.equal(found('One. Two.', 'Three'), undefined);
  assert.equal(found('One. Two.', '  '), undefined);
  assert.equal(found('One. Two.', '"…"'), undefined);
  assert.equal(found('', 'Three'), undefined);
});

test('hard-wrapped lines are joined; lists, short lines and headings are kept', () => {
  const wrapped = 'This line is as long as lines are in a hard-wrapped file\nand goes on here.';
  assert.deepEqual(drawn(wrapped), ['This line is as long as lines are in a hard-wrapped file and goes on here.']);
  assert.deepEqual(drawn('Calle Mayor 1\nMadrid'), ['Calle Mayor 1⏎Madrid']);
  assert.deepEqual(drawn('- one\n- two'), ['- one⏎- two']);
  assert.deepEqual(drawn('# Title\nText.\n\n\n  Next.\n'), ['Title', 'Text.', 'Next.']);
  assert.deepEqual(blocks('## Title\nText.').map((block) => block.heading), [true, false]);
  assert.deepEqual(drawn(''), []);
});

test('a quote over a paragraph border is marked in both paragraphs', () => {
  assert.deepEqual(drawn('One two.\r\n\r\nThree four.', 'two. Three'), ['One [two.]', '[Three] four.']);
});

test('two quotes are both marked, also where they overlap', () => {
  assert.deepEqual(drawn('One two. Three.\n\n[…]\n\nFour five.', 'Three.', 'Four'), ['One two. [Three.]', '[…]', '[Four] five.']);
  assert.deepEqual(drawn('One two three.', 'One two', 'two three.'), ['[One two][ three.]']);
});

test('cutting a passage loses no visible character', () => {
  const passage = '# A\n\nLine one\nline two\n\n- x\n- y\n\n   Tail  “q”  ';
  const visible = (text) => text.replace(/[\s#]/g, '');
  for (let start = 0; start < passage.length; start++) {
    const text = blocks(passage, [{ start, end: Math.min(passage.length, start + 9) }])
      .flatMap((block) => block.pieces)
      .map((piece) => piece?.text ?? '')
      .join('');
    assert.equal(visible(text), visible(passage));
  }
});

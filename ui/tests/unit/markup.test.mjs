// Texts as HTML: what is Markdown, what stays as it is, and what must never come through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { direction, markup, words } = await load('text/markup');

const prose = (text) => markup(text, 'prose').replaceAll(' dir="auto"', '').trim();
const line = (text) => markup(text, 'line').replaceAll(' dir="auto"', '').trim();

test('plain text is escaped and nothing else', () => {
  assert.equal(markup('# a <b>\n*c* $x$', 'plain'), '# a &lt;b&gt;\n*c* $x$');
});

test('HTML, scripts and pictures are inert', () => {
  for (const style of ['plain', 'line', 'prose']) {
    for (const text of [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      'a\n\n<svg onload=alert(1)>\n\nb',
      '[x](javascript:alert(1))',
      '[x](data:text/html;base64,PHNjcmlwdD4=)',
      '![x](https://example.org/x.png)',
      '$\\href{javascript:alert(1)}{x}$',
      '$\\includegraphics{https://example.org/x.png}$',
      '$\\style{background:url(https://example.org)}{x}$',
      '$</span><script>alert(1)</script>$',
      '```<script>\nx\n```',
    ]) {
      const html = markup(text, style);
      assert.doesNotMatch(html, /<(script|img|svg|iframe)|href="(javascript|data)|\sstyle=|<[^>]+\son\w+=/i, `${style}: ${text}: ${html}`);
    }
  }
});

test('a question or an option stays what it is', () => {
  for (const text of ['5*3*2', '__init__.py', '1984.', '# include', 'a_b_c', 'C:\\users\\new', '2. März', '> 5 mg', '- 40 °C', '3 * 4 * 5', 'AT&amp;T'])
    assert.equal(line(text), text.replaceAll('&', '&amp;').replaceAll('>', '&gt;'));
  assert.equal(line('Use `a*b*c` and **not** that'), 'Use <code>a*b*c</code> and <strong>not</strong> that');
  assert.equal(line('One\nTwo'), '<p>One<br>\nTwo</p>');
  assert.match(line('Which?\n\n```py\nif x:\n    y()\n```'), /<pre><code dir="ltr" class="language-py">if x:\n    y\(\)\n<\/code><\/pre>/);
});

test('lists keep their numbers', () => {
  assert.match(line('Which?\n\n2. two\n4. four'), /<ol[^>]*start="2"[^>]*>\n<li value="2">two<\/li>\n<li value="4">four/);
});

test('tables, code and headings of passages are drawn', () => {
  assert.match(prose('| Drug | Dose |\n| --- | ---: |\n| A | 5 |'), /<th>Drug<\/th>\n<th class="align-right">Dose<\/th>/);
  assert.equal(prose('# Title\nText.'), '<h3>Title</h3>\n<p>Text.</p>');
  assert.match(prose('    indented\n      code'), /<pre[^>]*><code>indented\n  code/);
  assert.match(prose('[law](https://example.org)'), /<a href="https:\/\/example.org" target="_blank" rel="noopener noreferrer">law<\/a>/);
});

test('hard-wrapped lines are joined, short lines are kept', () => {
  const wrapped = 'This line is as long as lines are in a hard-wrapped file\nand goes on here.';
  assert.equal(prose(wrapped), `<p>${wrapped}</p>`);
  assert.equal(prose('Calle Mayor 1\nMadrid'), '<p>Calle Mayor 1<br>\nMadrid</p>');
  assert.match(prose('```\na\nb\n```'), />a\nb\n</);
});

test('formulas become MathML, amounts of money do not', () => {
  for (const text of ['$\\frac{a}{b}$', '\\(\\frac{a}{b}\\)', '$$\\frac{a}{b}$$', '\\[\\frac{a}{b}\\]', 'so $$\n\\frac{a}{b}\n$$ holds'])
    for (const draw of [line, prose]) assert.match(draw(text), /<mfrac><mi>a<\/mi><mi>b<\/mi><\/mfrac>/, text);
  assert.match(line('$a_1 * b_2 * c_3$'), /<msub>/);
  for (const text of ['from $5 to $10', '$5-$10', 'US$ 5 and US$ 6', 'a $ b $ c', 'costs $5'])
    assert.equal(line(text), text);
  // What is no formula is shown as it was written.
  assert.equal(line('$\\frac{a$'), '<code>\\frac{a</code>');
});

test('hostile formulas and texts end soon', () => {
  const bomb = `$${'\\def\\a{\\b\\b}\\def\\b{\\c\\c}\\def\\c{\\a\\a}'}\\a$`;
  for (const text of [bomb, '$'.repeat(20_000), '['.repeat(20_000), '*a '.repeat(20_000), '> '.repeat(5_000), `| ${'a | '.repeat(2_000)}\n`.repeat(20), '`'.repeat(30_001)]) {
    const start = performance.now();
    for (const style of ['line', 'prose']) markup(text, style);
    assert.ok(performance.now() - start < 5_000, text.slice(0, 20));
  }
});

test('blocks have their own direction', () => {
  assert.equal(markup('مرحبا\n\nHello', 'prose').match(/dir="auto"/g).length, 2);
  for (const [text, expected] of [['1. مرحبا', 'rtl'], ['שלום (Aspirin)', 'rtl'], ['Aspirin مرحبا', 'ltr'], ['5 < 6', 'ltr'], ['蘋果', 'ltr']])
    assert.equal(direction(text), expected);
});

test('words are without marks', () => {
  assert.equal(words('**a** `b` [c](https://example.org) $x_1$').replace(/\s+/g, ' ').trim(), 'a b c x_1');
});

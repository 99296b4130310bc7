// The kinds of questions: one that only this test has goes wherever the page's own go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { chooseOption, currentText, keyedQuestion, kindOf, optionsOf, parts, questionKinds } = await load('../tests/unit/kinds');

const question = (name, type, settings) => ({ name, title: name, description: null, required: true, settings: { type, ...settings } });
const fields = ['question', 'left', 'right', 'note'].map((name) => ({ name, title: name, required: true }));

test('a new kind is an entry in the list', () => {
  const sides = question('side', 'sides', { between: ['left', 'right'] });
  const improved = question('improved_side', 'text', {});
  const dataset = { questions: [improved, sides], fields };
  const record = { fields: { left: 'L', right: 'R' }, metadata: {}, suggestions: { side: { value: 'left', agent: null } } };
  assert.equal(kindOf(sides), undefined);
  assert.equal(keyedQuestion(dataset.questions), undefined);

  const kind = { type: 'sides', Component: () => null, options: ({ settings }) => settings.between };
  questionKinds.push(kind);
  assert.equal(kindOf(sides), kind);
  assert.deepEqual(optionsOf(sides), ['left', 'right']);
  assert.equal(keyedQuestion(dataset.questions), sides);
  const { stem, others } = parts(dataset);
  assert.deepEqual([stem, ...others].map((field) => field.name), ['question', 'note']);
  assert.equal(currentText(improved, dataset, record, {}), 'L');
  assert.equal(currentText(improved, dataset, record, { side: 'right' }), 'R');
  questionKinds.pop();
});

test('a key switches one of several labels, in the order of the options', () => {
  const options = ['a', 'b', 'c'].map((value) => ({ value, text: value }));
  const several = question('flaws', 'multi_label_selection', { options });
  assert.deepEqual(chooseOption(several, undefined, 'c'), ['c']);
  assert.deepEqual(chooseOption(several, ['c'], 'a'), ['a', 'c']);
  assert.deepEqual(chooseOption(several, ['a', 'c'], 'c'), ['a']);
  assert.deepEqual(chooseOption(several, ['a'], 'a'), '');
  assert.equal(chooseOption(question('label', 'label_selection', { options }), 'a', 'b'), 'b');
});

test('no kind is in the list twice', () => {
  const types = questionKinds.map((kind) => kind.type);
  assert.deepEqual(types, [...new Set(types)]);
});

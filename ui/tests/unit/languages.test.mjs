// Every language says everything that English says.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { load } from './load.mjs';

const folder = new URL('../../src/i18n/', import.meta.url);

test('every language file is in the list', async () => {
  const files = (await readdir(folder)).filter((file) => file !== 'index.ts').map((file) => file.replace('.ts', ''));
  const index = await readFile(new URL('index.ts', folder), 'utf8');
  const listed = /languages = \{([^}]*)\}/.exec(index)[1].split(',').map((name) => name.trim());
  assert.deepEqual(listed.sort(), files.sort());
});

test('no message is empty or, by mistake, still English', async () => {
  const { en } = await load('i18n/en');
  const { es } = await load('i18n/es');
  const same = [];
  const compare = (a, b, path) => {
    for (const key of Object.keys(a)) {
      const at = `${path}.${key}`;
      if (typeof a[key] === 'object') compare(a[key], b[key], at);
      const [left, right] = [a[key], b[key]].map((text) => (typeof text === 'function' ? text(2, 3) : text));
      assert.notEqual(right, '', at);
      if (typeof left === 'string' && left === right) same.push(at);
    }
  };
  compare(en, es, 'es');
  assert.deepEqual(same, []);
});

test('the usual questions are in the reader’s language, a dataset’s own are not', async () => {
  const { titlesOf, languages } = await load('i18n/index');
  const usual = { name: 'correct_answer', ...languages.en.exam.correct_answer };
  assert.equal(titlesOf(usual, languages.es).title, '¿Qué respuesta es correcta?');
  const own = { ...usual, title: 'Which is right here?' };
  assert.equal(titlesOf(own, languages.es).title, own.title);
});

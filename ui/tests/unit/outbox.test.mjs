// Responses on their way to the server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Outbox } = await load('outbox');
const api = await load('api');

const answer = (letter) => ({ status: 'submitted', values: { correct_answer: letter } });
const change = (response, before) => ({ datasetId: 'd', recordId: 'r', response, before });

/** A server that gives one answer after the other, and what it was asked. */
function serve(...answers) {
  const asked = [];
  globalThis.fetch = async (path, request) => {
    asked.push({ path, ...request });
    const [status, body] = answers.shift();
    if (status === 0) throw new TypeError('no network');
    return new globalThis.Response(JSON.stringify(body), { status });
  };
  return asked;
}

function outbox() {
  const told = [];
  const tell = (name) => (...parts) => told.push([name, ...parts]);
  const events = { sent: tell('sent'), delayed: tell('delayed'), signedOut: tell('signedOut'), refused: tell('refused') };
  return { box: new Outbox('ana', events), told };
}

test('a change that replaces an unsent one keeps what the server has', async () => {
  const asked = serve([0], [422, { error: { message: 'no' } }]);
  const { box, told } = outbox();
  box.add(change(answer('a'), null));
  await box.flush();
  box.add(change(answer('b'), answer('a')));
  await box.flush();
  assert.deepEqual(asked.map(({ body }) => JSON.parse(body)), [answer('a'), answer('b')]);
  const [name, refused] = told.at(-1);
  assert.deepEqual([name, refused], ['refused', change(answer('b'), null)]);
});

test('what arrives is told with its change, whose dataset may not be the one that is open', async () => {
  serve([200, { progress: { total: 1 } }]);
  const { box, told } = outbox();
  box.add(change(null, answer('a')));
  await box.flush();
  assert.deepEqual(told, [['sent', change(null, answer('a')), { total: 1 }, 0]]);
});

test('what is not for this user waits, and a closed outbox sends nothing', async () => {
  const asked = serve([401, {}]);
  const { box, told } = outbox();
  box.add(change(answer('a'), null));
  await box.flush();
  assert.deepEqual(told, [['signedOut']]);
  assert.deepEqual(box.pending('r'), change(answer('a'), null));
  box.close();
  await box.flush();
  assert.equal(asked.length, 1);
});

test('requests say whose page sends them, a login does not', async () => {
  const asked = serve([200, {}], [200, {}], [200, {}]);
  api.actAs('id of ana');
  await api.me();
  await api.login('ben', 'secret');
  await api.me();
  assert.deepEqual(asked.map(({ headers }) => headers['x-examen-user']), ['id of ana', undefined, undefined]);
});

// The list that a reviewer walks through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const queues = await load('queue');
const record = (id, status) => ({ id, fields: {}, metadata: {}, suggestions: {}, response: status ? { status, values: {} } : null });
const page = (total, ...items) => ({ total, items, progress: {} });

test('a page that overlaps with what is loaded adds only what is new', () => {
  let queue = queues.append(queues.empty('pending'), page(3, record('a'), record('b')), 0);
  assert.equal(queue.complete, false);
  queue = queues.append(queue, page(3, record('b'), record('c')), 1);
  assert.deepEqual(queue.records.map((r) => r.id), ['a', 'b', 'c']);
  assert.equal(queue.complete, true);
  assert.equal(queue.total, 3);
});

test('answered records stay in the list but not in the count that the server pages by', () => {
  let queue = queues.append(queues.empty('pending'), page(4, record('a'), record('b')), 0);
  queue = queues.setResponse(queue, 'a', { status: 'submitted', values: {} });
  assert.equal(queues.offset(queue), 1);
  queue = queues.append(queue, page(3, record('c'), record('d')), 1);
  assert.equal(queue.total, 4);
  assert.equal(queue.complete, true);
  assert.equal(queues.firstOpen(queue), 1);
});

test('one can stand at the end of the list but not beyond', () => {
  let queue = queues.append(queues.empty('pending'), page(1, record('a')), 0);
  queue = queues.move(queues.move(queue, 1), 1);
  assert.equal(queue.position, 1);
  assert.equal(queues.current(queue), undefined);
  assert.equal(queues.move(queue, -5).position, 0);
});

test('a record brought back stands where the reviewer is', () => {
  const queue = queues.append(queues.empty('draft'), page(1, record('a', 'draft')), 0);
  assert.equal(queues.current(queues.insert(queue, record('z')))?.id, 'z');
});

// The list that a reviewer walks through, as plain data: records as loaded, and the reviewer's position. Records
// stay in it after they are answered, so that ← goes back to what was just done.

import { statusOf } from './answers';
import type { Page, Response, ReviewRecord, Status } from './api';

export interface Queue {
  status: Status;
  records: ReviewRecord[];
  /** Index into `records`; `records.length` is the end of the list. */
  position: number;
  /** Length of the list, with the records that are not loaded yet. */
  total: number;
  /** True once the server has no more records of this status. */
  complete: boolean;
}

export const empty = (status: Status): Queue => ({ status, records: [], position: 0, total: 0, complete: false });

export const current = (queue: Queue): ReviewRecord | undefined => queue.records[queue.position];

/** Number of loaded records that the server still lists under the queue's status: the next page starts there. */
export const offset = (queue: Queue): number =>
  queue.records.filter((record) => statusOf(record) === queue.status).length;

/** Adds a page that was asked for at `from`. Another reviewer's work may shift pages, so records may come twice. */
export function append(queue: Queue, page: Page, from: number): Queue {
  const known = new Set(queue.records.map((record) => record.id));
  const fresh = page.items.filter((record) => !known.has(record.id));
  return {
    ...queue,
    records: [...queue.records, ...fresh],
    total: Math.max(queue.records.length + fresh.length, page.total + queue.records.length - offset(queue)),
    complete: fresh.length === 0 || from + page.items.length >= page.total,
  };
}

export function move(queue: Queue, by: number): Queue {
  return goTo(queue, queue.position + by);
}

export function goTo(queue: Queue, position: number): Queue {
  return { ...queue, position: Math.max(0, Math.min(queue.records.length, position)) };
}

export function setResponse(queue: Queue, recordId: string, response: Response | null): Queue {
  const records = queue.records.map((record) => (record.id === recordId ? { ...record, response } : record));
  return { ...queue, records };
}

/** The first record that still has the queue's status: one that was skipped. */
export const firstOpen = (queue: Queue): number =>
  queue.records.findIndex((record) => statusOf(record) === queue.status);

/** Inserts a record that the list does not have at the reviewer's position. */
export function insert(queue: Queue, record: ReviewRecord): Queue {
  return { ...queue, records: queue.records.toSpliced(queue.position, 0, record), total: queue.total + 1 };
}

/** Takes out a record that is no longer there; the reviewer stays where they are. */
export function remove(queue: Queue, recordId: string): Queue {
  const at = queue.records.findIndex((record) => record.id === recordId);
  if (at < 0) return queue;
  const position = at < queue.position ? queue.position - 1 : queue.position;
  return { ...queue, records: queue.records.toSpliced(at, 1), position, total: queue.total - 1 };
}

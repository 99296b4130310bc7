// Answers that a reviewer has entered, as plain data. Empty text is no answer.

import type { Answer, Question, ReviewRecord, Status, Values } from './api';

/** The answers worth sending: texts trimmed, empty ones left out. */
export function clean(values: Values): Values {
  const entries = Object.entries(values).map(([name, value]) => [name, trimmed(value)] as const);
  // A response written by another client may hold `null`.
  return Object.fromEntries(entries.filter(([, value]) => value !== '' && value !== null));
}

function trimmed(value: Answer): Answer {
  return typeof value === 'string' ? value.trim() : value;
}

export function equal(a: Values, b: Values): boolean {
  return same(clean(a), clean(b));
}

/** Compares two answers; the order of an object's keys does not matter. */
function same(a: Answer | undefined, b: Answer | undefined): boolean {
  if (!isObject(a) || !isObject(b)) return a === b;
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return left.size === right.size && [...left].every(([key, value]) => same(value, right.get(key)));
}

function isObject(value: Answer | null | undefined): value is Answer[] | { [key: string]: Answer } {
  return typeof value === 'object' && value !== null;
}

/** The first required question without an answer. */
export function missing(questions: Question[], values: Values): Question | undefined {
  const given = clean(values);
  return questions.find((question) => question.required && given[question.name] === undefined);
}

/** The question for a comment, where the reviewer named a flaw that only words can tell and gave none. */
export function untold(questions: Question[], values: Values): Question | undefined {
  const { flaws, review_comment: comment } = clean(values);
  if (!Array.isArray(flaws) || !flaws.includes('other') || comment !== undefined) return undefined;
  return questions.find((question) => question.name === 'review_comment');
}

export function statusOf(record: ReviewRecord): Status {
  return record.response?.status ?? 'pending';
}

/** True if the reviewer has decided on a record: `choice` is what they chose now. */
export function isAnswered(record: ReviewRecord, choice: Answer | undefined): boolean {
  return Boolean(choice) || ['submitted', 'discarded'].includes(statusOf(record));
}

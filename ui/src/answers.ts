// What a reviewer has entered, as plain data. Empty text is no answer.

import type { Question, ReviewRecord, Status, Values } from './api';

/** The answers worth sending: texts trimmed, empty ones left out. */
export function clean(values: Values): Values {
  // A response written by another client may hold values that are no text.
  const entries = Object.entries(values).map(([name, value]) => [name, String(value ?? '').trim()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

export function equal(a: Values, b: Values): boolean {
  const [left, right] = [clean(a), clean(b)];
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}

/** The first required question without an answer. */
export function missing(questions: Question[], values: Values): Question | undefined {
  const given = clean(values);
  return questions.find((question) => question.required && given[question.name] === undefined);
}

export function statusOf(record: ReviewRecord): Status {
  return record.response?.status ?? 'pending';
}

// Blind and assisted reviews, as plain data: whether the model's answers may be seen, and what is noted about it.

import { statusOf } from './answers';
import type { Answer, Dataset, Question, ReviewRecord, Values } from './api';
import { keyedQuestion } from './questions';

/** The questions that the page answers for the reviewer. */
const NOTED = ['review_mode', 'first_answer'];

/** The questions that are put to the reviewer. */
export const asked = (dataset: Dataset): Question[] =>
  dataset.mode ? dataset.questions.filter((question) => !NOTED.includes(question.name)) : dataset.questions;

/** True if the reviewer may see what the model suggests for a record. */
export function isRevealed(dataset: Dataset, record: ReviewRecord, values: Values): boolean {
  if (dataset.mode !== 'blind') return true;
  if (values['review_mode'] === 'assisted' || values['first_answer'] !== undefined) return true;
  return ['submitted', 'discarded'].includes(statusOf(record));
}

/** A record as the reviewer may see it. */
export const seen = (dataset: Dataset, record: ReviewRecord, values: Values): ReviewRecord =>
  isRevealed(dataset, record, values) ? record : { ...record, suggestions: {} };

/** The answers after one more: with the first choice, or that the model's was seen before it. */
export function answered(dataset: Dataset, record: ReviewRecord, values: Values, question: string, value: Answer): Values {
  const after = { ...values, [question]: value };
  const isChoice = question === keyedQuestion(dataset.questions)?.name;
  if (dataset.mode !== 'blind' || !isChoice || values['first_answer'] !== undefined) return after;
  if (isRevealed(dataset, record, values)) return { ...after, review_mode: 'assisted' };
  return { ...after, first_answer: value };
}

/** The answers of a decision, which say in what mode it was made. */
export function marked(dataset: Dataset, values: Values): Values {
  if (!dataset.mode) return values;
  return { ...values, review_mode: values['review_mode'] ?? dataset.mode };
}

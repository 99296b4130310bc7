// What every kind of question is given.

import type { Dataset, Question, ReviewRecord, Values } from '../api';

export interface QuestionProps {
  question: Question;
  dataset: Dataset;
  record: ReviewRecord;
  /** All answers of the record, to this and the other questions. */
  values: Values;
  /** Language of the record. */
  lang: string | undefined;
  /** Whether a submit failed because this question has no answer. */
  unanswered: boolean;
  onAnswer(value: string): void;
}

// The kinds of questions the page can ask. A new one is a file beside this and a line in `questionKinds`.

import type { ComponentType } from 'preact';
import type { Dataset, Question, ReviewRecord, Values } from '../api';
import { LabelQuestion } from './label';
import { TextQuestion } from './text';

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

export const questionKinds: Record<Question['settings']['type'], ComponentType<QuestionProps>> = {
  label_selection: LabelQuestion,
  text: TextQuestion,
};

// The shape of a kind of question.

import type { ComponentType } from 'preact';
import type { Answer, Field, Question, ReviewRecord, Values } from '../api';

export interface QuestionKind {
  /** The `type` of the settings. */
  type: string;
  Component: ComponentType<QuestionProps>;
  /**
   * Values of the options, each drawn as an `<input>` with that value. Digit keys choose among those of the first
   * question that has options; a field whose name is an option is drawn with the question, not above it.
   */
  options?(question: Question): string[];
  /** The answer after an option was chosen, for kinds that take several; others take that option alone. */
  choose?(question: Question, present: Answer | undefined, option: string): Answer;
}

export interface QuestionProps {
  question: Question;
  /** The dataset's fields, of which some are texts of options. */
  fields: Field[];
  record: ReviewRecord;
  /** All answers of the record, to this and the other questions. */
  values: Values;
  /** The text that the answer would replace, or ''. */
  current: string;
  /** Language of the record. */
  lang: string | undefined;
  /** True if the digit keys choose among this question's options. */
  keyed: boolean;
  /** True if a submit failed because this question has no answer. */
  unanswered: boolean;
  onAnswer(value: Answer): void;
}

// The kinds of questions that the page can ask. A new one is a file beside this and its entry in `questionKinds`; the
// server lists datasets of kinds whose Rust type is `IS_ON_PAGE`.

import type { Answer, Question } from '../api';
import type { QuestionKind } from './kind';
import { label } from './label';
import { multilabel } from './multilabel';
import { text } from './text';

export const questionKinds: QuestionKind[] = [label, multilabel, text];

/** The kind of a question; undefined for one that the server should not have listed. */
export function kindOf(question: Question): QuestionKind | undefined {
  return questionKinds.find((kind) => kind.type === question.settings.type);
}

/** Values of the question's options, for kinds that have some. */
export function optionsOf(question: Question): string[] {
  return kindOf(question)?.options?.(question) ?? [];
}

/** The answer after an option was chosen by its key. */
export function chooseOption(question: Question, present: Answer | undefined, option: string): Answer {
  return kindOf(question)?.choose?.(question, present, option) ?? option;
}

/** The question whose options the digit keys choose. */
export function keyedQuestion(questions: Question[]): Question | undefined {
  return questions.find((question) => optionsOf(question).length > 0);
}

// The part of the page that each of a dataset's fields goes to. Options are drawn with their question.

import type { Dataset, Field, Question, ReviewRecord, Values } from './api';
import { keyedQuestion, optionsOf } from './questions';
import type { Style } from './text/markup';

export interface Parts {
  passage: Field | undefined;
  stem: Field | undefined;
  others: Field[];
}

export function parts(dataset: Dataset): Parts {
  const options = new Set(dataset.questions.flatMap(optionsOf));
  const free = dataset.fields.filter((field) => !options.has(field.name));
  const passage = free.find((field) => field.name === 'passage');
  const stem = free.find((field) => field.name === 'question') ?? free.find((field) => field !== passage);
  return { passage, stem, others: free.filter((field) => field !== passage && field !== stem) };
}

/** How a field's texts are drawn: as they are, or as Markdown, which questions and options use more sparingly than passages. */
export function styleOf(field: Field | undefined, style: Exclude<Style, 'plain'>): Style {
  return field?.settings.use_markdown ? style : 'plain';
}

/**
 * The text that a question such as `improved_question` asks to improve: the field of that name, or for an answer the
 * chosen option, else the suggested one.
 */
export function currentText(question: Question, dataset: Dataset, record: ReviewRecord, values: Values): string {
  const field = record.fields[question.name.replace(/^improved_/, '')];
  if (field !== undefined) return field;
  const choice = keyedQuestion(dataset.questions)?.name ?? '';
  return record.fields[String(values[choice] ?? record.suggestions[choice]?.value ?? '')] ?? '';
}

/** The language a record is written in, for `lang` attributes. */
export function languageOf(record: ReviewRecord): string | undefined {
  const language = record.metadata['language'];
  return typeof language === 'string' && language !== '' ? language : undefined;
}

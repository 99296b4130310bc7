// Which of a dataset's fields goes where on the page. Options of a label question are drawn with the question.

import type { Dataset, Field, LabelSettings, Question, ReviewRecord, Values } from './api';

export interface Parts {
  passage: Field | undefined;
  stem: Field | undefined;
  others: Field[];
}

export function parts(dataset: Dataset): Parts {
  const options = new Set(dataset.questions.flatMap((question) => optionValues(question)));
  const free = dataset.fields.filter((field) => !options.has(field.name));
  const passage = free.find((field) => field.name === 'passage');
  const stem = free.find((field) => field.name === 'question') ?? free.find((field) => field !== passage);
  return { passage, stem, others: free.filter((field) => field !== passage && field !== stem) };
}

function optionValues(question: Question): string[] {
  return isLabel(question) ? question.settings.options.map((option) => option.value) : [];
}

export function isLabel(question: Question): question is Question<LabelSettings> {
  return question.settings.type === 'label_selection';
}

/**
 * The text that a question such as `improved_question` asks to improve: the field of that name, or for an answer the
 * chosen option, else the suggested one.
 */
export function currentText(question: Question, dataset: Dataset, record: ReviewRecord, values: Values): string {
  const field = record.fields[question.name.replace(/^improved_/, '')];
  if (field !== undefined) return field;
  const label = dataset.questions.find(isLabel)?.name ?? '';
  return record.fields[values[label] ?? record.suggestions[label]?.value ?? ''] ?? '';
}

/** The language a record is written in, for `lang` attributes. */
export function languageOf(record: ReviewRecord): string | undefined {
  const language = record.metadata['language'];
  return typeof language === 'string' && language !== '' ? language : undefined;
}

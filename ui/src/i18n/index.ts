// The languages of the page. A new one is a file beside `en.ts` and a line in `languages`.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Question } from '../api';
import * as storage from '../storage';
import { en, type Messages } from './en';
import { es } from './es';

export type { Messages };

export const languages = { en, es } satisfies Record<string, Messages>;
export type Language = keyof typeof languages;

const KEY = 'examen.language';
const isLanguage = (code: string | undefined): code is Language => code !== undefined && code in languages;

/** The language chosen before, else the first of the browser's that the page speaks, else English. */
export function initialLanguage(): Language {
  const wanted = [storage.read<string>(KEY), ...navigator.languages.map((tag) => tag.split('-')[0])];
  return wanted.find(isLanguage) ?? 'en';
}

export function rememberLanguage(language: Language): void {
  storage.write(KEY, language);
}

export const MessagesContext = createContext<Messages>(en);
export const useMessages = (): Messages => useContext(MessagesContext);

/**
 * Title and description of a question in the reader's language, where they are the usual ones of an exam in any language;
 * else as the dataset has them.
 */
export function titlesOf(question: Question, messages: Messages): { title: string; description: string | null } {
  const inLanguage = ({ exam }: Messages) => Object.entries(exam).find(([name]) => name === question.name)?.[1];
  const { title, description } = question;
  const isUsual = Object.values(languages).some((other) => {
    const usual = inLanguage(other);
    return usual?.title === title && usual.description === description;
  });
  return (isUsual ? inLanguage(messages) : undefined) ?? { title, description };
}

/**
 * Labels with texts in the reader's language, where they are the usual ones of an exam in any language; `isOwn` where they
 * are the dataset's.
 */
export function labelsOf(question: Question, labels: { value: string; text: string }[], messages: Messages) {
  if (question.name !== 'flaws') return labels.map((label) => ({ ...label, isOwn: true }));
  const inLanguage = ({ exam }: Messages, value: string) => new Map(Object.entries(exam.flaws.options)).get(value);
  return labels.map(({ value, text }) => {
    const isUsual = Object.values(languages).some((other) => inLanguage(other, value) === text);
    const usual = isUsual ? inLanguage(messages, value) : undefined;
    return { value, text: usual ?? text, isOwn: usual === undefined };
  });
}

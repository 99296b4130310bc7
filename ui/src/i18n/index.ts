// The languages of the page. A new one is a file beside `en.ts` and a line in `languages`.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
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

// Light, dark, or as the system says. The style sheet does the rest.

import * as storage from './storage';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'examen.theme';

export function initialTheme(): Theme {
  return THEMES.find((theme) => theme === storage.read(KEY)) ?? 'auto';
}

export function applyTheme(theme: Theme): void {
  storage.write(KEY, theme);
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function nextTheme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
}

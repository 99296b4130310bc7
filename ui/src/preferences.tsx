// The switches for language and theme, in the header and beside the login form.

import { MoonIcon, SunIcon, SystemIcon } from './icons';
import { languages, useMessages, type Language } from './i18n';
import type { Theme } from './theme';

export interface Preferences {
  language: Language;
  setLanguage(language: Language): void;
  theme: Theme;
  cycleTheme(): void;
}

const ICONS = { auto: SystemIcon, light: SunIcon, dark: MoonIcon };

export function PreferenceSwitches({ language, setLanguage, theme, cycleTheme }: Preferences) {
  const { header } = useMessages();
  const Icon = ICONS[theme];
  return (
    <>
      <select
        class="select quiet"
        aria-label={header.languageLabel}
        value={language}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
      >
        {Object.entries(languages).map(([code, messages]) => (
          <option key={code} value={code} lang={code} selected={code === language}>
            {messages.language}
          </option>
        ))}
      </select>
      <button class="icon-button" aria-label={header.theme[theme]} title={header.theme[theme]} onClick={cycleTheme}>
        <Icon />
      </button>
    </>
  );
}

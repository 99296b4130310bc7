// The session around the review: who is logged in, language and theme.

import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import * as api from './api';
import { ApiError, type User } from './api';
import { initialLanguage, languages, MessagesContext, rememberLanguage, type Language } from './i18n';
import { Login } from './login';
import type { Preferences } from './preferences';
import { ReviewPage } from './review_page';
import { applyTheme, initialTheme, nextTheme } from './theme';

type Session = { at: 'starting' } | { at: 'login'; ended: boolean } | { at: 'failed'; why: string } | { at: 'in'; user: User };

export function App() {
  const [language, setLanguage] = useState(initialLanguage);
  const [theme, setTheme] = useState(initialTheme);
  const [session, setSession] = useState<Session>({ at: 'starting' });
  const messages = languages[language];

  useLayoutEffect(() => applyTheme(theme), [theme]);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => void resume(setSession), []);

  const preferences: Preferences = {
    language,
    setLanguage: (chosen: Language) => {
      rememberLanguage(chosen);
      setLanguage(chosen);
    },
    theme,
    cycleTheme: () => setTheme(nextTheme),
  };
  const logout = () => {
    // Even when the call fails the reviewer asked to be out of the page.
    void api.logout().catch(() => undefined).then(() => setSession({ at: 'login', ended: false }));
  };
  return (
    <MessagesContext.Provider value={messages}>
      {session.at === 'in' && (
        <ReviewPage
          key={session.user.id}
          user={session.user}
          preferences={preferences}
          onLogout={logout}
          onSignedOut={() => setSession({ at: 'login', ended: true })}
        />
      )}
      {session.at === 'login' && (
        <Login ended={session.ended} preferences={preferences} onLogin={(user) => setSession({ at: 'in', user })} />
      )}
      {session.at === 'failed' && (
        <main class="centre">
          <p role="alert">{messages.errors.load(session.why)}</p>
          <button class="button primary" onClick={() => void resume(setSession)}>
            {messages.retry}
          </button>
        </main>
      )}
    </MessagesContext.Provider>
  );
}

async function resume(set: (session: Session) => void): Promise<void> {
  try {
    set({ at: 'in', user: await api.me() });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    set(error.status === 401 ? { at: 'login', ended: false } : { at: 'failed', why: error.message });
  }
}

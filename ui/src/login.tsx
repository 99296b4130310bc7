// The login form.

import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from './api';
import { ApiError, type User } from './api';
import { useMessages } from './i18n';
import { PreferenceSwitches, type Preferences } from './preferences';

interface Props {
  /** True if a session ended, rather than none having begun. */
  ended: boolean;
  preferences: Preferences;
  onLogin(user: User): void;
}

export function Login({ ended, preferences, onLogin }: Props) {
  const { login } = useMessages();
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const username = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => username.current?.focus(), []);
  useEffect(() => {
    document.title = `${login.title} · Examen`;
  }, [login]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      onLogin(await api.login(username.current?.value ?? '', password.current?.value ?? ''));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
      setBusy(false);
      password.current?.select();
    }
  };

  return (
    <div class="login">
      <main class="login-card">
        <h1 class="brand large">Examen</h1>
        <p class="login-title">{login.title}</p>
        {ended && !error && <p class="note">{login.ended}</p>}
        <form onSubmit={(event) => void submit(event)}>
          <label for="username">{login.username}</label>
          <input id="username" ref={username} name="username" autocomplete="username" autocapitalize="none" required />
          <label for="password">{login.password}</label>
          <input
            id="password"
            ref={password}
            name="password"
            type="password"
            autocomplete="current-password"
            aria-describedby={error ? 'login-error' : undefined}
            required
          />
          <div role="alert" id="login-error" class="error">
            {error && (error.status === 401 ? login.wrong : login.failed(error.message))}
          </div>
          <button class="button primary wide" aria-disabled={busy}>
            {busy ? login.busy : login.submit}
          </button>
        </form>
      </main>
      <footer class="login-preferences">
        <PreferenceSwitches {...preferences} />
      </footer>
    </div>
  );
}

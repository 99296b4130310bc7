// The login form.

import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from './api';
import { ApiError, type User } from './api';
import { useMessages, type Messages } from './i18n';
import { PreferenceSwitches, type Preferences } from './preferences';

/** Why a login failed. */
function said(error: ApiError, login: Messages['login']): string {
  if (error.needs === 'code') return login.wrongCode;
  return error.status === 401 ? login.wrong : login.failed(error.message);
}

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
  const code = useRef<HTMLInputElement>(null);
  const [needsCode, setNeedsCode] = useState(false);

  useEffect(() => username.current?.focus(), []);
  useEffect(() => code.current?.focus(), [needsCode]);
  useEffect(() => {
    document.title = `${login.title} · Examen`;
  }, [login]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      onLogin(await api.login(username.current?.value ?? '', password.current?.value ?? '', code.current?.value));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      const isAsked = failure.needs === 'code' && !needsCode;
      setNeedsCode(failure.needs === 'code');
      // Asking for the code is no failure; a wrong one is.
      setError(isAsked ? undefined : failure);
      setBusy(false);
      if (failure.needs !== 'code') password.current?.select();
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
          {needsCode && (
            <>
              <label for="code">{login.code}</label>
              <input id="code" ref={code} name="code" autocomplete="one-time-code" inputmode="numeric" maxlength={6} required />
            </>
          )}
          <div role="alert" id="login-error" class="error">
            {error && said(error, login)}
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

// One's own account: password, second factor, sessions and API keys.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as api from './api';
import { ApiError, type NamedKey, type OpenSession, type User } from './api';
import { Dialog } from './dialog';
import { useMessages } from './i18n';
import { QrCode } from './qr_code';

interface Props {
  open: boolean;
  user: User;
  onClose(): void;
}

export function AccountDialog({ open, user, onClose }: Props) {
  const { account } = useMessages();
  return (
    <Dialog open={open} title={`${account.title}: ${user.username}`} onClose={onClose}>
      {open && (
        <div class="account">
          <Password />
          <SecondFactor />
          <Sessions />
          <Keys />
        </div>
      )}
    </Dialog>
  );
}

/** A part of the dialog, with what went wrong in it and what was done. */
function Part({ title, work, children }: { title: string; work: Work; children: ComponentChildren }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
      <p role="alert" class="error">
        {work.problem}
      </p>
      <p role="status" class="hint">
        {work.done}
      </p>
    </section>
  );
}

/** Calls of a part, one at a time. */
interface Work {
  problem: string | undefined;
  done: string | undefined;
  /** Makes a call; says what it has done in the end. */
  run(call: () => Promise<string | undefined>): void;
}

function useWork(): Work {
  const { account } = useMessages();
  const [state, setState] = useState<{ problem?: string; done?: string | undefined; busy?: boolean }>({});
  const run = async (call: () => Promise<string | undefined>) => {
    if (state.busy) return;
    setState({ busy: true });
    try {
      setState({ done: await call() });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState({ problem: account.failed(error.message) });
    }
  };
  return { problem: state.problem, done: state.done, run: (call) => void run(call) };
}

/** The values of a form that was sent, which is not sent by the browser itself. */
function sent(event: SubmitEvent): (name: string) => string {
  event.preventDefault();
  const data = new FormData(event.currentTarget as HTMLFormElement);
  return (name) => String(data.get(name) ?? '');
}

function Input({ name, label, ...rest }: { name: string; label: string } & Record<string, unknown>) {
  return (
    <label>
      {label}
      <input name={name} required {...rest} />
    </label>
  );
}

const ONE_TIME = { autocomplete: 'one-time-code', inputmode: 'numeric', maxlength: 6 };

function Password() {
  const { password } = useMessages().account;
  const work = useWork();
  const change = (event: SubmitEvent) => {
    const [form, value] = [event.currentTarget as HTMLFormElement, sent(event)];
    work.run(async () => {
      await api.changePassword(value('current'), value('new'));
      form.reset();
      return password.done;
    });
  };
  return (
    <Part title={password.title} work={work}>
      <form onSubmit={change}>
        <Input name="current" label={password.current} type="password" autocomplete="current-password" />
        <Input name="new" label={password.next} type="password" autocomplete="new-password" minlength={8} maxlength={100} />
        <p class="hint">{password.hint}</p>
        <button class="button">{password.change}</button>
      </form>
    </Part>
  );
}

type Factor = { at: 'unknown' } | { at: 'off' } | { at: 'on' } | { at: 'begun'; secret: string; address: string };

function SecondFactor() {
  const { factor: words } = useMessages().account;
  const [factor, setFactor] = useState<Factor>({ at: 'unknown' });
  const work = useWork();
  useEffect(() => {
    work.run(async () => {
      const { is_enabled } = await api.secondFactor();
      setFactor({ at: is_enabled ? 'on' : 'off' });
      return undefined;
    });
  }, []);
  const begin = (event: SubmitEvent) => {
    const value = sent(event);
    work.run(async () => {
      setFactor({ at: 'begun', ...(await api.beginSecondFactor(value('password'))) });
      return undefined;
    });
  };
  const confirm = (event: SubmitEvent) => {
    const value = sent(event);
    work.run(async () => {
      await api.confirmSecondFactor(value('code'));
      setFactor({ at: 'on' });
      return undefined;
    });
  };
  const disable = (event: SubmitEvent) => {
    const value = sent(event);
    work.run(async () => {
      await api.disableSecondFactor(value('password'), value('code'));
      setFactor({ at: 'off' });
      return undefined;
    });
  };
  const password = <Input name="password" label={words.password} type="password" autocomplete="current-password" />;
  return (
    <Part title={words.title} work={work}>
      {factor.at === 'off' && (
        <form key="off" onSubmit={begin}>
          <p>{words.off}</p>
          {password}
          <button class="button">{words.begin}</button>
        </form>
      )}
      {factor.at === 'begun' && (
        <form key="begun" onSubmit={confirm}>
          <p>
            {words.secret} <a href={factor.address}>{words.open}</a>
          </p>
          <QrCode text={factor.address} label={words.qrCode} />
          <code class="secret">{factor.secret}</code>
          <Input name="code" label={words.code} {...ONE_TIME} />
          <button class="button">{words.confirm}</button>
        </form>
      )}
      {factor.at === 'on' && (
        <form key="on" onSubmit={disable}>
          <p>{words.on}</p>
          {password}
          <Input name="code" label={words.code} {...ONE_TIME} />
          <button class="button danger">{words.disable}</button>
        </form>
      )}
    </Part>
  );
}

/** A list that is loaded, and loaded again after each change. */
function useList<T>(load: () => Promise<{ items: T[] }>) {
  const [items, setItems] = useState<T[]>([]);
  const work = useWork();
  const change = (call: () => Promise<string | undefined>) =>
    work.run(async () => {
      const done = await call();
      setItems((await load()).items);
      return done;
    });
  useEffect(() => change(async () => undefined), []);
  return { items, work, change };
}

function useTime(): (time: string) => string {
  const { lang } = document.documentElement;
  return (time) => new Date(time).toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' });
}

function Sessions() {
  const { sessions: words } = useMessages().account;
  const { items, work, change } = useList<OpenSession>(api.sessions);
  const time = useTime();
  const end = (call: () => Promise<void>) => change(() => call().then(() => undefined));
  return (
    <Part title={words.title} work={work}>
      <ul class="entries">
        {items.map(({ id, is_current, began_at, address, agent }) => (
          <li key={id}>
            <span>
              {agent ?? words.unknown}
              <span class="hint">
                {' '}
                {address} · {words.since(time(began_at))}
              </span>
            </span>
            {is_current ? (
              <strong>{words.current}</strong>
            ) : (
              <button class="button" onClick={() => end(() => api.endSession(id))}>
                {words.end}
              </button>
            )}
          </li>
        ))}
      </ul>
      {items.length > 1 && (
        <button class="button" onClick={() => end(api.endOtherSessions)}>
          {words.endOthers}
        </button>
      )}
    </Part>
  );
}

function Keys() {
  const { keys: words } = useMessages().account;
  const { items, work, change } = useList<NamedKey>(api.namedKeys);
  const [made, setMade] = useState<string>();
  const time = useTime();
  const make = (event: SubmitEvent) => {
    const [form, value] = [event.currentTarget as HTMLFormElement, sent(event)];
    change(async () => {
      const days = value('days');
      const { api_key } = await api.makeKey(value('name'), value('reading') === 'on', days ? Number(days) : undefined);
      setMade(api_key);
      form.reset();
      return undefined;
    });
  };
  return (
    <Part title={words.title} work={work}>
      <ul class="entries">
        {items.map(({ id, name, is_read_only, expires_at }) => (
          <li key={id}>
            <span>
              {name}
              <span class="hint">
                {is_read_only && ` · ${words.readOnly}`}
                {expires_at && ` · ${words.until(time(expires_at))}`}
              </span>
            </span>
            <button class="button danger" onClick={() => change(() => api.endKey(id).then(() => undefined))}>
              {words.end}
            </button>
          </li>
        ))}
      </ul>
      <form onSubmit={make}>
        <Input name="name" label={words.name} maxlength={100} autocomplete="off" />
        <Input name="days" label={words.days} type="number" min={1} max={3650} required={false} />
        <label class="inline">
          <input name="reading" type="checkbox" /> {words.readOnly}
        </label>
        <button class="button">{words.make}</button>
      </form>
      {made && (
        <p class="note">
          {words.made} <code class="secret">{made}</code>
        </p>
      )}
    </Part>
  );
}

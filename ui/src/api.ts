// The server's review API (`/api/review`), typed. Knows nothing of the page: every call resolves to data or throws
// an `ApiError`.

export type ResponseStatus = 'draft' | 'submitted' | 'discarded';
export type Status = 'pending' | ResponseStatus;

/** An answer to a question; its kind says of which form. */
export type Answer = string | number | boolean | Answer[] | { [key: string]: Answer };

/** Question name → answer. A question that is not answered has no key. */
export type Values = Record<string, Answer>;

export interface User {
  id: string;
  username: string;
  role: string;
}

export interface Progress {
  /** Records in the dataset. */
  total: number;
  /** Records that have all the answers they need, from whomever. Reviewers may disagree on some, which stay pending. */
  completed: number;
  /** My own responses by status; pending are the records that still wait for me. */
  mine: Record<Status, number>;
}

export interface DatasetSummary {
  id: string;
  name: string;
  progress: Progress;
}

export interface Field {
  name: string;
  title: string;
  required: boolean;
  /** `use_markdown` where the field's texts are Markdown. */
  settings: { type: string; use_markdown?: boolean };
}

export interface Question {
  name: string;
  title: string;
  description: string | null;
  required: boolean;
  /** The settings of its kind, which `src/questions` reads. */
  settings: { type: string };
}

export interface Dataset extends DatasetSummary {
  guidelines: string | null;
  fields: Field[];
  questions: Question[];
  /** Whether reviewers see the model's answers before they answer; null where answers are not marked with it. */
  mode: 'blind' | 'assisted' | null;
}

export interface Response {
  status: ResponseStatus;
  values: Values;
}

export interface ReviewRecord {
  id: string;
  fields: Record<string, string>;
  metadata: Record<string, string | number | string[]>;
  suggestions: Record<string, { value: Answer; agent: string | null }>;
  response: Response | null;
}

export interface Page {
  total: number;
  items: ReviewRecord[];
  progress: Progress;
}

/** A session of the page that is open. Times are in RFC 3339. */
export interface OpenSession {
  id: string;
  is_current: boolean;
  began_at: string;
  expires_at: string;
  address: string | null;
  agent: string | null;
}

/** An API key beside the one that Argilla's clients know. */
export interface NamedKey {
  id: string;
  name: string;
  is_read_only: boolean;
  inserted_at: string;
  expires_at: string | null;
}

/** A call that failed. `status` is 0 when no answer came back at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** `code` where the password was right and a code of the authenticator is missing or wrong. */
    readonly needs?: string,
  ) {
    super(message);
  }

  /** True if the same call may succeed later. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

let userId: string | undefined;
let basePath = '/';

/** Says under which path the page and its API lie. */
export const callBelow = (path: string): void => void (basePath = path);

/**
 * Says whose page this is. All windows of a browser share one session: the server refuses (401) what is sent for
 * someone else than whoever logged in last.
 */
export const actAs = (id: string | undefined): void => void (userId = id);

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  if (userId !== undefined) headers['x-examen-user'] = userId;
  const request: RequestInit = { method, credentials: 'same-origin', headers };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  let reply: globalThis.Response;
  try {
    reply = await fetch(`${basePath}api/review${path}`, request);
  } catch (error) {
    throw new ApiError(0, String(error));
  }
  const data: unknown = await reply.json().catch(() => undefined);
  if (!reply.ok) {
    const error = (data as { error?: { message?: string; needs?: string } } | undefined)?.error;
    throw new ApiError(reply.status, error?.message ?? `${reply.status} ${reply.statusText}`, error?.needs);
  }
  return data as T;
}

const segment = encodeURIComponent;

export const login = (username: string, password: string, code?: string) => {
  actAs(undefined);
  return call<User>('POST', '/login', { username, password, code });
};
export const logout = () => call<void>('POST', '/logout');
export const me = () => call<User>('GET', '/me');
export const datasets = () => call<{ items: DatasetSummary[] }>('GET', '/datasets');
export const dataset = (id: string) => call<Dataset>('GET', `/datasets/${segment(id)}`);

export const records = (datasetId: string, status: Status, offset: number, limit: number) =>
  call<Page>('GET', `/datasets/${segment(datasetId)}/records?status=${status}&offset=${offset}&limit=${limit}`);

export const respond = (recordId: string, response: Response) =>
  call<{ progress: Progress }>('PUT', `/records/${segment(recordId)}/response`, response);

export const withdraw = (recordId: string) =>
  call<{ progress: Progress }>('DELETE', `/records/${segment(recordId)}/response`);

export const changePassword = (current: string, next: string) => call<void>('PUT', '/me/password', { current, new: next });

export const sessions = () => call<{ items: OpenSession[] }>('GET', '/me/sessions');
export const endSession = (id: string) => call<void>('DELETE', `/me/sessions/${segment(id)}`);
export const endOtherSessions = () => call<void>('DELETE', '/me/sessions');

export const namedKeys = () => call<{ items: NamedKey[] }>('GET', '/me/api-keys');
export const makeKey = (name: string, isReadOnly: boolean, days: number | undefined) =>
  call<NamedKey & { api_key: string }>('POST', '/me/api-keys', { name, is_read_only: isReadOnly, expires_in_days: days });
export const endKey = (id: string) => call<void>('DELETE', `/me/api-keys/${segment(id)}`);

export const secondFactor = () => call<{ is_enabled: boolean }>('GET', '/me/second-factor');
export const beginSecondFactor = (password: string) =>
  call<{ secret: string; address: string }>('POST', '/me/second-factor', { password });
export const confirmSecondFactor = (code: string) => call<void>('POST', '/me/second-factor/confirm', { code });
export const disableSecondFactor = (password: string, code: string) =>
  call<void>('POST', '/me/second-factor/disable', { password, code });

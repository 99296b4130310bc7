// Responses on their way to the server. The page goes on at once; the outbox sends in order, one at a time, keeps
// what is unsent in the browser (a closed tab loses nothing), waits out a dead network and reports what the server
// refuses. Draws nothing.

import { ApiError, respond, withdraw, type Progress, type Response } from './api';
import * as storage from './storage';

/** Make `response` mine on this record; `null` takes my response back. */
export interface Change {
  datasetId: string;
  recordId: string;
  response: Response | null;
  /** The response that it replaces: shown again if the server refuses the change. */
  before: Response | null;
}

export interface OutboxEvents {
  /** A change arrived, after which its dataset is so far. `left` more are waiting. */
  sent(change: Change, progress: Progress, left: number): void;
  /** The server cannot be reached or is failing; it is tried again in `seconds`. */
  delayed(error: ApiError, waiting: number, seconds: number): void;
  /** The session ended. Changes stay until `flush` is called after the next login. */
  signedOut(): void;
  /** The server refused this change for good. It is no longer in the outbox. */
  refused(change: Change, error: ApiError): void;
}

const LONGEST_WAIT_SECONDS = 60;

export class Outbox {
  private readonly waiting: Change[];
  private running: Promise<void> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private closed = false;

  constructor(
    private readonly userId: string,
    private readonly events: OutboxEvents,
  ) {
    const stored = storage.keys(this.key('')).map((key) => storage.read<Change>(key));
    this.waiting = stored.filter((change) => change !== undefined);
  }

  /**
   * Queues a change and starts sending. A newer change of the same record replaces one that was not sent, and
   * with it what the server has.
   */
  add(change: Change): void {
    const { recordId } = change;
    const unsent = this.waiting.findIndex((other, i) => other.recordId === recordId && !(i === 0 && this.running));
    const [replaced = change] = unsent < 0 ? [] : this.waiting.splice(unsent, 1);
    const merged = { ...change, before: replaced.before };
    storage.write(this.key(recordId), merged);
    this.waiting.push(merged);
    // While the network is down the timer decides, so that each key press does not add a failing call.
    if (this.timer === undefined) void this.flush();
  }

  /** The change that is still to be sent for this record. */
  pending(recordId: string): Change | undefined {
    return this.waiting.findLast((change) => change.recordId === recordId);
  }

  /** Sends what is waiting, now. Resolves when all is sent or sending has stalled. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.sendAll().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Sends nothing more: the page is going away, and the next one may be another user's. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async sendAll(): Promise<void> {
    for (let change = this.waiting[0]; change && !this.closed; change = this.waiting[0]) {
      try {
        const { progress } = await send(change);
        this.done(change);
        this.failures = 0;
        this.events.sent(change, progress, this.waiting.length);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!this.goOn(change, error)) return;
      }
    }
  }

  /** Deals with a failed call; false stops sending for now. */
  private goOn(change: Change, error: ApiError): boolean {
    if (error.status === 401) {
      this.events.signedOut();
      return false;
    }
    if (error.temporary) {
      const seconds = Math.min(LONGEST_WAIT_SECONDS, 2 ** ++this.failures);
      this.timer = setTimeout(() => void this.flush(), seconds * 1000);
      this.events.delayed(error, this.waiting.length, seconds);
      return false;
    }
    this.done(change);
    this.events.refused(change, error);
    return true;
  }

  private done(change: Change): void {
    this.waiting.shift();
    if (!this.pending(change.recordId)) storage.remove(this.key(change.recordId));
  }

  private key(recordId: string): string {
    return `examen.outbox.${this.userId}.${recordId}`;
  }
}

function send({ recordId, response }: Change): Promise<{ progress: Progress }> {
  return response === null ? withdraw(recordId) : respond(recordId, response);
}

// The state of a review and everything a reviewer can do to it. Draws nothing: `review_page.tsx` shows the state and
// calls the methods. Each action takes effect at once; the outbox carries it to the server.

import * as api from './api';
import { ApiError, type Answer, type Dataset, type DatasetSummary, type Progress, type Response, type Status, type Values } from './api';
import { clean, equal, missing, statusOf, untold } from './answers';
import { Edits } from './edits';
import { Outbox, type Change } from './outbox';
import * as address from './address';
import * as queues from './queue';
import type { Queue } from './queue';
import { answered, asked, isRevealed, marked } from './mode';
import { chooseOption, keyedQuestion, optionsOf } from './questions';

/** Records asked for at a time; the next ones are there before the reviewer is. */
const PAGE = 5;
const AHEAD = 3;

/** Something that went wrong, until it is dealt with. */
export type Problem =
  | { kind: 'load'; why: ApiError; again: () => void }
  | { kind: 'delayed'; count: number }
  | { kind: 'refused'; why: ApiError; recordId: string }
  | { kind: 'deleted' };

/** An event for the live region. `count` tells equal events apart. */
export interface Event {
  what: 'submitted' | 'discarded' | 'draft' | 'updated' | 'undone' | 'nothingToUndo' | 'flawed' | 'unflawed' | 'shown' | 'agrees' | 'differs';
  count: number;
}

export interface State {
  /** Undefined until they are loaded. */
  datasets: DatasetSummary[] | undefined;
  dataset: Dataset | undefined;
  progress: Progress | undefined;
  queue: Queue;
  /** True while the first page of the queue is on its way. */
  loading: boolean;
  /** The answers shown for the current record. */
  values: Values;
  /** Name of the required question that a submit found unanswered. */
  unanswered: string | undefined;
  problems: Problem[];
  event: Event | undefined;
  canUndo: boolean;
}

interface Done {
  record: api.ReviewRecord;
  before: Response | null;
  after: Response;
}

export class Review {
  state: State = {
    datasets: undefined,
    dataset: undefined,
    progress: undefined,
    queue: queues.empty('pending'),
    loading: true,
    values: {},
    unanswered: undefined,
    problems: [],
    event: undefined,
    canUndo: false,
  };

  private readonly edits: Edits;
  private readonly outbox: Outbox;
  private history: Done[] = [];
  private fetching: Promise<void> | undefined;
  /** Grows with every list that is opened; a reply for an older list is dropped. */
  private generation = 0;

  constructor(
    private readonly user: api.User,
    private readonly onChange: (state: State) => void,
    private readonly onSignedOut: () => void,
  ) {
    api.actAs(user.id);
    this.edits = new Edits(user.id);
    this.outbox = new Outbox(user.id, {
      sent: (change, progress, left) => this.sent(change, progress, left),
      delayed: (_error, count) => this.report({ kind: 'delayed', count }),
      signedOut: () => this.onSignedOut(),
      refused: (change, why) => this.refused(change, why),
    });
  }

  /** True for somebody who sees only what is in their workspaces. */
  get isAnnotator(): boolean {
    return this.user.role === 'annotator';
  }

  /** Loads the datasets and opens the one that was open last. */
  async start(): Promise<void> {
    await this.attempt(async () => {
      await this.outbox.flush();
      const { items } = await api.datasets();
      this.set({ datasets: items });
      const wanted = address.current();
      const dataset = items.find((item) => item.id === wanted.dataset) ?? items[0];
      if (dataset) await this.openDataset(dataset.id, wanted.status);
      else this.set({ loading: false });
    }, () => void this.start());
  }

  /** Sends what can be sent before the reviewer leaves. */
  async finish(): Promise<void> {
    this.keep();
    await this.outbox.flush();
  }

  /** Stops timers. What is unsent stays in the browser for the next time. */
  close(): void {
    this.generation++;
    this.outbox.close();
  }

  async openDataset(id: string, status: Status = 'pending'): Promise<void> {
    this.keep();
    const generation = this.begin(status);
    this.history = [];
    this.set({ canUndo: false });
    await this.attempt(async () => {
      const dataset = await api.dataset(id);
      if (generation !== this.generation) return;
      this.set({ dataset, progress: dataset.progress });
      await this.openList(status);
    }, () => void this.openDataset(id, status));
  }

  /** Shows the records of one status from the start. */
  async openList(status: Status): Promise<void> {
    this.keep();
    const { dataset } = this.state;
    if (!dataset) return;
    this.begin(status);
    address.remember({ dataset: dataset.id, status });
    await this.fetchMore();
    this.set({ loading: false });
  }

  /** Sets one answer of the current record. */
  answer(question: string, value: Answer): void {
    const record = queues.current(this.state.queue);
    const { dataset } = this.state;
    if (!record || !dataset) return;
    const before = this.state.values;
    const values = answered(dataset, record, before, question, value);
    this.edits.set(record.id, values);
    const unanswered = this.state.unanswered === question ? undefined : this.state.unanswered;
    this.set({ values, unanswered });
    if (before['first_answer'] === undefined && values['first_answer'] !== undefined) this.sayAgreement(record, question, value);
  }

  /** Shows what the model suggests before the reviewer has answered. */
  showModel(): void {
    const record = queues.current(this.state.queue);
    const { dataset, values } = this.state;
    if (!record || !dataset || isRevealed(dataset, record, values)) return;
    this.answer('review_mode', 'assisted');
    this.say('shown');
  }

  /** Chooses the option with this index of the first question with options; its value, or undefined if there is none. */
  choose(index: number): string | undefined {
    const question = keyedQuestion(this.state.dataset?.questions ?? []);
    if (!question || !queues.current(this.state.queue)) return undefined;
    const option = optionsOf(question)[index];
    if (option !== undefined) this.answer(question.name, chooseOption(question, this.state.values[question.name], option));
    return option;
  }

  /** Names a flaw of the current record, or takes it back; true if it is named now. */
  toggleFlaw(flaw: string): boolean {
    const question = this.state.dataset?.questions.find(({ name }) => name === 'flaws');
    if (!question || !optionsOf(question).includes(flaw) || !queues.current(this.state.queue)) return false;
    const answer = chooseOption(question, this.state.values[question.name], flaw);
    this.answer(question.name, answer);
    const isNamed = Array.isArray(answer) && answer.includes(flaw);
    this.say(isNamed ? 'flawed' : 'unflawed');
    return isNamed;
  }

  /** Takes what a model suggests for the current record's texts that are still empty. */
  takeSuggestions(): void {
    const record = queues.current(this.state.queue);
    const { dataset } = this.state;
    if (!record || !dataset || !isRevealed(dataset, record, this.state.values)) return;
    for (const question of asked(dataset)) {
      const suggested = record.suggestions[question.name]?.value;
      if (typeof suggested !== 'string' || optionsOf(question).length > 0) continue;
      if (!this.state.values[question.name]) this.answer(question.name, suggested);
    }
  }

  /** True if the current record shows answers that are not saved. */
  get changed(): boolean {
    const record = queues.current(this.state.queue);
    return record !== undefined && !equal(this.state.values, record.response?.values ?? {});
  }

  /** True if leaving the page would leave a change of a finished answer unsaved. */
  get changesFinished(): boolean {
    const record = queues.current(this.state.queue);
    return record !== undefined && ['submitted', 'discarded'].includes(statusOf(record)) && this.changed;
  }

  /** Submits the current record and goes on. */
  submit(): void {
    const record = queues.current(this.state.queue);
    const { dataset, values } = this.state;
    if (!record || !dataset) return;
    const unanswered = missing(dataset.questions, values) ?? untold(dataset.questions, values);
    if (unanswered) return this.set({ unanswered: unanswered.name });
    if (statusOf(record) === 'submitted' && !this.changed) return this.move(1);
    this.respond(record, 'submitted');
  }

  /** Discards the current record as a bad question and goes on. */
  discard(): void {
    const record = queues.current(this.state.queue);
    if (!record) return;
    const unanswered = untold(this.state.dataset?.questions ?? [], this.state.values);
    if (unanswered) return this.set({ unanswered: unanswered.name });
    if (statusOf(record) === 'discarded' && !this.changed) return this.move(1);
    this.respond(record, 'discarded');
  }

  /** Takes the last submit or discard back and returns to its record, with what was entered. */
  undo(): void {
    const done = this.history.pop();
    if (!done) return this.say('nothingToUndo');
    this.keep();
    const { record, before, after } = done;
    if (before === null || before.status === 'draft') this.edits.set(record.id, after.values);
    this.bringBack(record);
    this.apply(record.id, after, before);
    this.set({ canUndo: this.history.length > 0, unanswered: undefined });
    this.say('undone');
  }

  /** Goes to another record of the list; a record that is left unfinished becomes a draft. */
  move(by: number): void {
    this.keep();
    this.stand(queues.move(this.state.queue, by));
  }

  /** Goes to the first record of the list that still has the list's status. */
  goToFirstOpen(): void {
    const at = queues.firstOpen(this.state.queue);
    if (at >= 0) this.stand(queues.goTo(this.state.queue, at));
    else void this.openList(this.state.queue.status);
  }

  goToStart(): void {
    this.stand(queues.goTo(this.state.queue, 0));
  }

  /** Goes to a record by id, if the list has it. */
  show(recordId: string): void {
    const at = this.state.queue.records.findIndex((record) => record.id === recordId);
    this.dismiss((problem) => problem.kind === 'refused' && problem.recordId === recordId);
    if (at < 0) return void this.openList('pending');
    this.keep();
    this.stand(queues.goTo(this.state.queue, at));
  }

  /** Retries whatever failed. */
  retry(): void {
    const failed = this.state.problems;
    this.dismiss((problem) => problem.kind !== 'refused');
    void this.outbox.flush();
    for (const problem of failed) if (problem.kind === 'load') problem.again();
  }

  dismiss(which: (problem: Problem) => boolean): void {
    this.set({ problems: this.state.problems.filter((problem) => !which(problem)) });
  }

  private respond(record: api.ReviewRecord, status: 'submitted' | 'discarded'): void {
    const { dataset } = this.state;
    if (!dataset) return;
    const before = record.response;
    const after = { status, values: clean(marked(dataset, this.state.values)) };
    this.history.push({ record, before, after });
    this.edits.clear(record.id);
    this.apply(record.id, before, after);
    this.set({ canUndo: true });
    this.stand(queues.move(this.state.queue, 1));
    this.say(status);
  }

  /** Keeps what was entered when the reviewer leaves a record: as a draft, or as a change of the finished answer. */
  private keep(): void {
    const record = queues.current(this.state.queue);
    if (!record || !this.changed) return;
    const before = record.response;
    const isFinished = before !== null && before.status !== 'draft';
    // What is unfinished cannot replace what is finished: it waits in the browser.
    const { dataset, values } = this.state;
    if (!dataset || (isFinished && (missing(dataset.questions, values) ?? untold(dataset.questions, values)))) return;
    const given = isFinished ? marked(dataset, values) : values;
    const after: Response = { status: before?.status ?? 'draft', values: clean(given) };
    this.edits.clear(record.id);
    if (isFinished) this.history.push({ record, before, after });
    this.apply(record.id, before, after);
    this.set({ canUndo: this.history.length > 0 });
    this.say(isFinished ? 'updated' : 'draft');
  }

  /** Replaces a response here and on the server. */
  private apply(recordId: string, before: Response | null, after: Response | null): void {
    const { dataset, progress } = this.state;
    if (!dataset) return;
    this.set({ queue: queues.setResponse(this.state.queue, recordId, after) });
    if (progress) this.set({ progress: shift(progress, before?.status ?? 'pending', after?.status ?? 'pending') });
    this.stand(this.state.queue);
    this.outbox.add({ datasetId: dataset.id, recordId, response: after, before });
  }

  /** Goes to a record that may have left the list. */
  private bringBack(record: api.ReviewRecord): void {
    const { queue } = this.state;
    const at = queue.records.findIndex((other) => other.id === record.id);
    if (at >= 0) return this.set({ queue: queues.goTo(queue, at) });
    this.set({ queue: queues.insert(queue, record) });
  }

  /** Goes to a position of the list: shows its answers and loads what comes next. */
  private stand(queue: Queue): void {
    const record = queues.current(queue);
    const values = record ? (this.edits.get(record.id) ?? record.response?.values ?? {}) : {};
    const moved = record?.id !== queues.current(this.state.queue)?.id;
    this.set({ queue, values, unanswered: moved ? undefined : this.state.unanswered });
    if (!queue.complete && queue.records.length - queue.position <= AHEAD) void this.fetchMore();
  }

  private begin(status: Status): number {
    this.fetching = undefined;
    this.dismiss((problem) => problem.kind === 'load');
    this.set({ queue: queues.empty(status), values: {}, loading: true, unanswered: undefined });
    return ++this.generation;
  }

  private fetchMore(): Promise<void> {
    if (this.fetching) return this.fetching;
    const fetching = this.fetchPage(this.generation).finally(() => {
      if (this.fetching === fetching) this.fetching = undefined;
    });
    this.fetching = fetching;
    return fetching;
  }

  private async fetchPage(generation: number): Promise<void> {
    await this.attempt(async () => {
      // The server's list must know what was just answered, or its pages do not line up with ours.
      await this.outbox.flush();
      const { dataset, queue } = this.state;
      if (!dataset || generation !== this.generation) return;
      const from = queues.offset(queue);
      const page = await api.records(dataset.id, queue.status, from, PAGE);
      if (generation !== this.generation) return;
      this.set({ progress: page.progress });
      this.stand(queues.append(this.state.queue, this.withUnsent(page), from));
    }, () => void this.fetchMore());
  }

  /** A page as it will be when everything unsent has arrived. */
  private withUnsent(page: api.Page): api.Page {
    const items = page.items.map((record) => {
      const change = this.outbox.pending(record.id);
      return change ? { ...record, response: change.response } : record;
    });
    return { ...page, items };
  }

  private sent(change: Change, progress: Progress, left: number): void {
    this.dismiss((problem) => problem.kind === 'delayed');
    if (left === 0 && change.datasetId === this.state.dataset?.id) this.set({ progress });
  }

  private refused(change: Change, why: ApiError): void {
    if (why.status === 404) this.forget(change.recordId);
    else this.restore(change);
    this.history = this.history.filter((done) => done.record.id !== change.recordId);
    this.set({ canUndo: this.history.length > 0 });
    this.report(why.status === 404 ? { kind: 'deleted' } : { kind: 'refused', why, recordId: change.recordId });
    void this.refreshProgress();
  }

  /** Shows what the server has in place of an answer that it refused, which can be edited and sent again. */
  private restore({ recordId, response, before }: Change): void {
    if (response) this.edits.set(recordId, response.values);
    this.set({ queue: queues.setResponse(this.state.queue, recordId, before) });
    this.stand(this.state.queue);
  }

  /** Takes a record that was deleted out of the list, so that nobody is brought back to it. */
  private forget(recordId: string): void {
    this.edits.clear(recordId);
    this.stand(queues.remove(this.state.queue, recordId));
  }

  private async refreshProgress(): Promise<void> {
    const { dataset } = this.state;
    if (!dataset) return;
    await this.attempt(async () => {
      const { progress } = await api.dataset(dataset.id);
      if (dataset.id === this.state.dataset?.id) this.set({ progress });
    }, () => void this.refreshProgress());
  }

  private async attempt(work: () => Promise<void>, again: () => void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.onSignedOut();
      else this.report({ kind: 'load', why: error, again });
    }
  }

  private report(problem: Problem): void {
    const others = this.state.problems.filter((other) => problem.kind === 'refused' || other.kind !== problem.kind);
    this.set({ problems: [...others, problem] });
  }

  private sayAgreement(record: api.ReviewRecord, question: string, value: Answer): void {
    const suggested = record.suggestions[question]?.value;
    if (suggested !== undefined) this.say(suggested === value ? 'agrees' : 'differs');
  }

  private say(what: Event['what']): void {
    this.set({ event: { what, count: (this.state.event?.count ?? 0) + 1 } });
  }

  private set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.onChange(this.state);
  }
}

function shift(progress: Progress, from: Status, to: Status): Progress {
  const mine = { ...progress.mine };
  mine[from] = Math.max(0, mine[from] - 1);
  mine[to] += 1;
  return { ...progress, mine };
}

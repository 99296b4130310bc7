// The page without a question: loading, failed, nothing there, end of the list, all done.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Progress } from './api';
import { CheckIcon } from './icons';
import { useMessages } from './i18n';
import type { Review } from './review';

export function End({ review }: { review: Review }) {
  const messages = useMessages();
  const { datasets, dataset, loading, queue, progress, problems } = review.state;
  // The notice of the problem offers to try again.
  const failed = problems.some((problem) => problem.kind === 'load');
  if (failed && !queue.complete) return <div class="centre" />;
  if (datasets?.length === 0) {
    return (
      <Panel title={messages.end.noDatasets}>
        <p>{review.isAnnotator ? messages.end.noWorkspaceText : messages.end.noDatasetsText}</p>
      </Panel>
    );
  }
  if (loading || !queue.complete || !dataset || !progress) return <Loading />;
  const { mine } = progress;
  const { status } = queue;
  const back = queue.records.length > 0 && (
    <button class="button" onClick={() => review.goToStart()}>
      {messages.end.start}
    </button>
  );
  if (status === 'pending') return <EndOfPending review={review} progress={progress} />;
  return (
    <Panel title={queue.records.length > 0 ? messages.end.list : messages.end.empty[status]}>
      {mine.pending > 0 && (
        <button class="button primary" onClick={() => void review.openList('pending')}>
          {messages.end.goOn}
        </button>
      )}
      {back}
    </Panel>
  );
}

function EndOfPending({ review, progress: { mine } }: { review: Review; progress: Progress }) {
  const { end } = useMessages();
  if (mine.pending > 0) {
    return (
      <Panel title={end.list}>
        <p>{end.waiting(mine.pending)}</p>
        <button class="button primary" onClick={() => review.goToFirstOpen()}>
          {end.goOn}
        </button>
      </Panel>
    );
  }
  const reviewed = mine.submitted + mine.discarded;
  return (
    <Panel title={mine.draft > 0 ? end.list : end.done} celebrate={mine.draft === 0}>
      <p>{mine.draft > 0 || reviewed === 0 ? end.empty.pending : end.doneText(reviewed)}</p>
      {mine.draft > 0 && (
        <button class="button primary" onClick={() => void review.openList('draft')}>
          {end.drafts(mine.draft)}
        </button>
      )}
    </Panel>
  );
}

function Loading() {
  const { loading } = useMessages();
  return (
    <div class="centre loading" role="status">
      {loading}
    </div>
  );
}

function Panel({ title, celebrate, children }: { title: string; celebrate?: boolean | undefined; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [title]);
  return (
    <div class="centre">
      {celebrate && (
        <span class="done-mark">
          <CheckIcon />
        </span>
      )}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </div>
  );
}

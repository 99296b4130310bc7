// Notices of what went wrong. They stay until it is dealt with, and say that nothing is lost.

import { useMessages } from './i18n';
import type { Messages } from './i18n';
import type { Problem, Review } from './review';

export function Problems({ review }: { review: Review }) {
  const messages = useMessages();
  return (
    <div class="problems" role="alert">
      {review.state.problems.map((problem, i) => (
        <div key={`${problem.kind}-${i}`} class="problem">
          <p>{describe(problem, messages)}</p>
          <WayOut review={review} problem={problem} />
        </div>
      ))}
    </div>
  );
}

function WayOut({ review, problem }: { review: Review; problem: Problem }) {
  const messages = useMessages();
  switch (problem.kind) {
    case 'refused':
      return (
        <button class="button" onClick={() => review.show(problem.recordId)}>
          {messages.errors.show}
        </button>
      );
    case 'deleted':
      return (
        <button class="button" onClick={() => review.dismiss((other) => other === problem)}>
          {messages.close}
        </button>
      );
    default:
      return (
        <button class="button" aria-keyshortcuts="r" onClick={() => review.retry()}>
          {messages.retry} <kbd aria-hidden="true">R</kbd>
        </button>
      );
  }
}

function describe(problem: Problem, { errors }: Messages): string {
  switch (problem.kind) {
    case 'load':
      return errors.load(problem.why.status === 0 ? errors.unreachable : problem.why.message);
    case 'delayed':
      return errors.delayed(problem.count);
    case 'refused':
      return errors.refused(problem.why.message);
    case 'deleted':
      return errors.deleted;
  }
}

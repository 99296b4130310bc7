// The buttons below a question; each shows its key.

import type { Status } from './api';
import { ChevronIcon, UndoIcon } from './icons';
import { useMessages } from './i18n';
import type { Review } from './review';

export function Actions({ review, status }: { review: Review; status: Status }) {
  const { actions } = useMessages();
  const { queue, canUndo } = review.state;
  const settled = status === 'submitted';
  const submit = settled ? (review.changed ? actions.update : actions.next) : actions.submit;
  return (
    <div class="actions">
      <div class="moves">
        <button
          class="icon-button flip"
          aria-label={actions.previous}
          title={`${actions.previous} (←)`}
          disabled={queue.position === 0}
          onClick={() => review.move(-1)}
        >
          <ChevronIcon />
        </button>
        <button class="icon-button" aria-label={actions.next} title={`${actions.next} (→)`} onClick={() => review.move(1)}>
          <ChevronIcon />
        </button>
      </div>
      <button class="button quiet undo" aria-keyshortcuts="u" disabled={!canUndo} onClick={() => review.undo()}>
        <UndoIcon /> <span>{actions.undo}</span> <kbd aria-hidden="true">U</kbd>
      </button>
      <button class="button danger" aria-keyshortcuts="Backspace" onClick={() => review.discard()}>
        {actions.discard} <kbd aria-hidden="true">⌫</kbd>
      </button>
      <button class="button primary" aria-keyshortcuts="Enter" onClick={() => review.submit()}>
        {submit} <kbd aria-hidden="true">⏎</kbd>
      </button>
    </div>
  );
}

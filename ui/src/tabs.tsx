// The lists by status with their counts, and how far the reviewer is.

import type { Progress, Status } from './api';
import { useMessages } from './i18n';

const STATUSES: Status[] = ['pending', 'draft', 'submitted', 'discarded'];

interface Props {
  progress: Progress;
  selected: Status;
  onSelect(status: Status): void;
}

export function Tabs({ progress, selected, onSelect }: Props) {
  const messages = useMessages();
  return (
    <div class="bar">
      <nav class="tabs" aria-label={messages.filter}>
        {STATUSES.map((status) => (
          <button
            key={status}
            class="tab"
            data-status={status}
            aria-current={status === selected ? 'true' : undefined}
            onClick={() => onSelect(status)}
          >
            {messages.status[status]} <span class="count">{progress.mine[status]}</span>
          </button>
        ))}
      </nav>
      <ProgressBar progress={progress} />
    </div>
  );
}

function ProgressBar({ progress }: { progress: Progress }) {
  const { progress: messages } = useMessages();
  const { total, completed, mine } = progress;
  const done = mine.submitted + mine.discarded;
  const value = messages.value(done, total);
  const share = (n: number) => `${total === 0 ? 0 : (100 * n) / total}%`;
  return (
    <div class="progress" title={messages.team(completed, total)}>
      <div
        class="progress-bar"
        role="progressbar"
        aria-label={messages.label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={`${value}. ${messages.team(completed, total)}`}
      >
        <div class="progress-team" style={{ width: share(completed) }} />
        <div class="progress-mine" style={{ width: share(done) }} />
      </div>
      <span class="progress-text" aria-hidden="true">
        {value}
      </span>
    </div>
  );
}

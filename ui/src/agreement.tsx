// Beside the answer: that the model's is hidden, or how it compares with the reviewer's own.

import type { Dataset, Question, ReviewRecord, Values } from './api';
import { useMessages } from './i18n';
import { isRevealed } from './mode';
import { optionsOf } from './questions';

interface Props {
  question: Question;
  dataset: Dataset;
  record: ReviewRecord;
  values: Values;
  onShow(): void;
}

export function Agreement({ question, dataset, record, values, onShow }: Props) {
  const { agreement } = useMessages();
  const suggested = record.suggestions[question.name]?.value;
  if (dataset.mode !== 'blind' || suggested === undefined) return null;
  if (!isRevealed(dataset, record, values)) {
    return (
      <p class="agreement">
        {agreement.hidden}{' '}
        <button class="link" aria-keyshortcuts="s" onClick={onShow}>
          {agreement.show} <kbd aria-hidden="true">S</kbd>
        </button>
      </p>
    );
  }
  const first = values['first_answer'];
  if (first === undefined) return values['review_mode'] === 'assisted' ? <p class="agreement">{agreement.assisted}</p> : null;
  const number = (value: unknown) => optionsOf(question).indexOf(String(value)) + 1;
  const isChanged = values[question.name] !== first;
  return (
    <p class="agreement" data-agrees={first === suggested}>
      {first === suggested ? agreement.agrees : agreement.differs(number(suggested))}
      {isChanged && ` ${agreement.changed(number(first))}`}
    </p>
  );
}

// Free text, with the text it would replace as the placeholder, and what a model suggests.

import { useRef } from 'preact/hooks';
import { titlesOf, useMessages } from '../i18n';
import { Text } from '../text/text';
import type { QuestionKind, QuestionProps } from './kind';

export const text: QuestionKind = { type: 'text', Component: TextQuestion };

function TextQuestion({ question, record, values, current, lang, unanswered, onAnswer }: QuestionProps) {
  const messages = useMessages();
  const { card } = messages;
  const { title, description } = titlesOf(question, messages);
  const input = useRef<HTMLTextAreaElement>(null);
  const value = String(values[question.name] ?? '');
  const id = `question-${question.name}`;
  const suggestion = record.suggestions[question.name];
  const suggested = String(suggestion?.value ?? '');
  const take = (text: string) => {
    onAnswer(text);
    input.current?.focus();
  };
  return (
    <div class="text-question" data-unanswered={unanswered}>
      <div class="text-label">
        <label for={id}>
          {title} {question.required && <span class="hint">({card.required})</span>}
        </label>
        {value === '' && current !== '' && (
          <button class="link" onClick={() => take(current)}>
            {card.copy}
          </button>
        )}
      </div>
      {suggested !== '' && suggested !== value && (
        <div class="suggested">
          <span class="badge" title={card.suggestedBy(suggestion?.agent ?? '?')}>
            {card.suggested}
          </span>
          <Text text={suggested} style="plain" lang={lang} />
          <button class="link" aria-keyshortcuts="t" onClick={() => take(suggested)}>
            {card.take} <kbd aria-hidden="true">T</kbd>
          </button>
        </div>
      )}
      <textarea
        id={id}
        ref={input}
        rows={2}
        lang={lang}
        dir="auto"
        spellcheck
        value={value}
        placeholder={current}
        aria-required={question.required}
        aria-invalid={unanswered}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onAnswer(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class="hint">
        {description}
      </p>
      <p class="error" role="alert">
        {unanswered && card.writeFirst}
      </p>
    </div>
  );
}

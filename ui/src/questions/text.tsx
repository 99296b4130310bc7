// Free text, with the text it would replace as the placeholder.

import { useRef } from 'preact/hooks';
import { useMessages } from '../i18n';
import type { QuestionKind, QuestionProps } from './kind';

export const text: QuestionKind = { type: 'text', Component: TextQuestion };

function TextQuestion({ question, values, current, lang, unanswered, onAnswer }: QuestionProps) {
  const { card } = useMessages();
  const input = useRef<HTMLTextAreaElement>(null);
  const value = String(values[question.name] ?? '');
  const id = `question-${question.name}`;
  const copy = () => {
    onAnswer(current);
    input.current?.focus();
  };
  return (
    <div class="text-question" data-unanswered={unanswered}>
      <div class="text-label">
        <label for={id}>
          {question.title} {question.required && <span class="hint">({card.required})</span>}
        </label>
        {value === '' && current !== '' && (
          <button class="link" onClick={copy}>
            {card.copy}
          </button>
        )}
      </div>
      <textarea
        id={id}
        ref={input}
        rows={2}
        lang={lang}
        spellcheck
        value={value}
        placeholder={current}
        aria-required={question.required}
        aria-invalid={unanswered}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onAnswer(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class="hint">
        {question.description}
      </p>
      <p class="error" role="alert">
        {unanswered && card.writeFirst}
      </p>
    </div>
  );
}

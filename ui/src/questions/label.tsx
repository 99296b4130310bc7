// One of several labels, as large radio rows. A label that names a field shows that field's text.

import type { Question } from '../api';
import { titlesOf, useMessages } from '../i18n';
import { styleOf } from '../parts';
import { Text } from '../text/text';
import type { QuestionKind, QuestionProps } from './kind';

export const label: QuestionKind = {
  type: 'label_selection',
  Component: LabelQuestion,
  options: (question) => labels(question).map((option) => option.value),
};

function labels(question: Question): { value: string; text: string }[] {
  return (question.settings as { type: string; options: { value: string; text: string }[] }).options;
}

function LabelQuestion({ question, fields, record, values, lang, keyed, unanswered, onAnswer }: QuestionProps) {
  const messages = useMessages();
  const { card } = messages;
  const { title, description } = titlesOf(question, messages);
  const suggestion = record.suggestions[question.name];
  return (
    <fieldset class="options" data-unanswered={unanswered}>
      <legend>
        {title} <span class="hint">{description}</span>
      </legend>
      <p class="error" role="alert">
        {unanswered && card.chooseFirst}
      </p>
      {labels(question).map((option, index) => (
        <label key={option.value} class="option">
          <input
            type="radio"
            name={question.name}
            value={option.value}
            checked={values[question.name] === option.value}
            onChange={() => onAnswer(option.value)}
          />
          {keyed && index < 9 && <kbd aria-hidden="true">{index + 1}</kbd>}
          <Text
            class="option-text"
            text={record.fields[option.value] ?? option.text}
            style={styleOf(fields.find((field) => field.name === option.value), 'line')}
            lang={lang}
          />
          {suggestion?.value === option.value && (
            <span class="badge" title={card.suggestedBy(suggestion.agent ?? '?')}>
              {card.suggested}
            </span>
          )}
        </label>
      ))}
    </fieldset>
  );
}

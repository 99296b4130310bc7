// One of several labels, as large radio rows. A label that names a field shows that field's text.

import type { LabelSettings } from '../api';
import { useMessages } from '../i18n';
import { isLabel } from '../parts';
import type { QuestionProps } from './props';

export function LabelQuestion({ question, dataset, record, values, lang, unanswered, onAnswer }: QuestionProps) {
  const { card } = useMessages();
  const { options } = question.settings as LabelSettings;
  const suggestion = record.suggestions[question.name];
  // The digit keys belong to the first label question.
  const keyed = dataset.questions.find(isLabel) === question;
  return (
    <fieldset class="options" data-unanswered={unanswered}>
      <legend>
        {question.title} <span class="hint">{question.description}</span>
      </legend>
      <p class="error" role="alert">
        {unanswered && card.chooseFirst}
      </p>
      {options.map((option, index) => (
        <label key={option.value} class="option">
          <input
            type="radio"
            name={question.name}
            value={option.value}
            checked={values[question.name] === option.value}
            onChange={() => onAnswer(option.value)}
          />
          {keyed && index < 9 && <kbd aria-hidden="true">{index + 1}</kbd>}
          <span class="option-text" lang={lang}>
            {record.fields[option.value] ?? option.text}
          </span>
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

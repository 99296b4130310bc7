// Any number of labels, as chips that are on or off.

import type { Answer, Question } from '../api';
import { labelsOf, titlesOf, useMessages } from '../i18n';
import { FLAW_KEYS } from '../keyboard';
import type { QuestionKind, QuestionProps } from './kind';

export const multilabel: QuestionKind = {
  type: 'multi_label_selection',
  Component: MultilabelQuestion,
  options: (question) => labels(question).map((option) => option.value),
  choose: toggled,
};

function labels(question: Question): { value: string; text: string }[] {
  return (question.settings as { type: string; options: { value: string; text: string }[] }).options;
}

const chosen = (answer: Answer | undefined): Answer[] => (Array.isArray(answer) ? answer : []);

/** The answer with one label more, or less, in the order of the options; an empty list is none. */
function toggled(question: Question, present: Answer | undefined, option: string): Answer {
  const before = chosen(present);
  const isOn = (value: string) => before.includes(value) !== (value === option);
  const now = labels(question).map(({ value }) => value).filter(isOn);
  return now.length > 0 ? now : '';
}

function MultilabelQuestion({ question, record, values, lang, keyed, unanswered, onAnswer }: QuestionProps) {
  const messages = useMessages();
  const { card } = messages;
  const { title, description } = titlesOf(question, messages);
  const suggestion = record.suggestions[question.name];
  const suggested = chosen(suggestion?.value);
  const answer = values[question.name];
  return (
    <fieldset class="options chips" data-unanswered={unanswered}>
      <legend>
        {title} <span class="hint">{description}</span>
      </legend>
      <p class="error" role="alert">
        {unanswered && card.chooseFirst}
      </p>
      {labelsOf(question, labels(question), messages).map((option, index) => {
        const key = keyed ? (index < 9 ? String(index + 1) : undefined) : question.name === 'flaws' && FLAW_KEYS[option.value];
        return (
          <label key={option.value} class="choice">
            <input
              type="checkbox"
              name={question.name}
              value={option.value}
              checked={chosen(answer).includes(option.value)}
              onChange={() => onAnswer(toggled(question, answer, option.value))}
            />
            {key && <kbd aria-hidden="true">{key.toUpperCase()}</kbd>}
            <span lang={option.isOwn ? lang : undefined} dir="auto">{option.text}</span>
            {suggested.includes(option.value) && (
              <span class="badge" title={card.suggestedBy(suggestion?.agent ?? '?')}>
                {card.suggested}
              </span>
            )}
          </label>
        );
      })}
    </fieldset>
  );
}

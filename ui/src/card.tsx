// One question: its text, what is asked about it, and what can be done with it.

import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isAnswered, statusOf } from './answers';
import type { Dataset, Question, ReviewRecord } from './api';
import { Actions } from './actions';
import { Agreement } from './agreement';
import { Disclosure } from './disclosure';
import { Findings, hasFindings } from './findings';
import { useMessages } from './i18n';
import { asked, seen } from './mode';
import { currentText, languageOf, styleOf, type Parts } from './parts';
import { keyedQuestion, kindOf, optionsOf } from './questions';
import type { Review } from './review';
import { Source } from './source';
import { Text } from './text/text';

/** Calls that the keyboard makes. */
export interface CardHandle {
  focusQuestion(): void;
  focusOption(value: string): void;
  editText(): void;
  comment(): void;
}

interface Props {
  handle: RefObject<CardHandle | null>;
  review: Review;
  dataset: Dataset;
  layout: Parts;
  record: ReviewRecord;
  /** True if no passage stands beside the card to show the question's source. */
  alone: boolean;
}

export function Card({ handle, review, dataset, layout, record: whole, alone }: Props) {
  const messages = useMessages();
  const { queue, values, unanswered } = review.state;
  const questions = asked(dataset);
  const record = seen(dataset, whole, values);
  const texts = questions.filter((question) => !question.required && optionsOf(question).length === 0);
  const comment = texts.filter((question) => question.name === 'review_comment');
  const optional = texts.filter((question) => !comment.includes(question));
  const shown = questions.filter((question) => !texts.includes(question));
  const keyed = keyedQuestion(questions);
  const isGiven = (questions: Question[]) => questions.some((question) => values[question.name]);
  const isSuggested = (questions: Question[]) => questions.some((question) => record.suggestions[question.name]);
  const isWanted = (questions: Question[]) => questions.some((question) => question.name === unanswered);
  const improve = useRef<(() => void) | null>(null);
  const remark = useRef<(() => void) | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const stem = useRef<HTMLDivElement>(null);
  const lang = languageOf(record);
  const status = statusOf(record);
  const answered = isAnswered(record, keyed && values[keyed.name]) || values['review_mode'] === 'assisted';

  const focusQuestion = () => stem.current?.focus({ preventScroll: true });
  const showModel = () => {
    review.showModel();
    focusQuestion();
  };
  handle.current = {
    focusQuestion,
    focusOption: (value) => body.current?.querySelector<HTMLElement>(`input[value="${CSS.escape(value)}"]`)?.focus(),
    editText: () => improve.current?.(),
    comment: () => remark.current?.(),
  };
  useLayoutEffect(focusQuestion, []);

  const draw = (question: Question) => {
    const kind = kindOf(question);
    return kind && (
      <kind.Component
        key={question.name}
        question={question}
        fields={dataset.fields}
        record={record}
        values={values}
        current={currentText(question, dataset, record, values)}
        lang={lang}
        keyed={keyed === question}
        unanswered={unanswered === question.name}
        onAnswer={(value) => review.answer(question.name, value)}
      />
    );
  };

  return (
    <section class="card" aria-labelledby="stem" data-record={record.id}>
      <div class="card-body" ref={body}>
        <p class="eyebrow">
          <span>{messages.card.position(queue.position + 1, queue.total)}</span>
          {status !== 'pending' && (
            <span class="chip" data-status={status}>
              {messages.statusOne[status]}
            </span>
          )}
          {status !== 'pending' && review.changed && <span class="chip">{messages.card.changed}</span>}
        </p>
        <div id="stem" class="stem" ref={stem} tabIndex={-1} role="heading" aria-level={1}>
          {layout.stem && <Text text={record.fields[layout.stem.name] ?? ''} style={styleOf(layout.stem, 'line')} lang={lang} />}
        </div>
        {layout.others.map((field) => (
          <section key={field.name} class="field">
            <h2>{field.title}</h2>
            <Text text={record.fields[field.name] ?? ''} style={styleOf(field, 'prose')} lang={lang} />
          </section>
        ))}
        {shown.filter((question) => question === keyed).map(draw)}
        {keyed && (
          <Agreement question={keyed} dataset={dataset} record={whole} values={values} onShow={showModel} />
        )}
        {answered && hasFindings(record) && <Findings record={record} lang={lang} />}
        {shown.filter((question) => question !== keyed).map(draw)}
        {comment.length > 0 && (
          <Disclosure
            id="comment"
            write={remark}
            keyName="C"
            label={isGiven(comment) ? messages.card.commented : messages.card.comment}
            startsOpen={isGiven(comment) || isSuggested(comment)}
            wanted={isWanted(comment)}
          >
            {() => comment.map(draw)}
          </Disclosure>
        )}
        {optional.length > 0 && (
          <Disclosure
            id="improve"
            write={improve}
            keyName="E"
            label={isGiven(optional) ? messages.card.improved : messages.card.improve}
            startsOpen={isGiven(optional) || isSuggested(optional)}
            wanted={isWanted(optional)}
          >
            {() => optional.map(draw)}
          </Disclosure>
        )}
        {alone && <Source record={record} />}
      </div>
      <Actions review={review} status={status} />
    </section>
  );
}

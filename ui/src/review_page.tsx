// The page of a logged-in reviewer: connects the review's state and the keyboard to what is drawn.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AccountDialog } from './account';
import type { User } from './api';
import { Card, type CardHandle } from './card';
import { End } from './end';
import { GuidelinesDialog } from './guidelines';
import { Header } from './header';
import { HelpDialog } from './help';
import { useMessages } from './i18n';
import { actionOf, type Action } from './keyboard';
import { Passage } from './passage';
import { parts, styleOf } from './parts';
import type { Preferences } from './preferences';
import { Problems } from './problems';
import { current } from './queue';
import { Review } from './review';
import { Tabs } from './tabs';

interface Props {
  user: User;
  preferences: Preferences;
  onLogout(): void;
  onSignedOut(): void;
}

/** Pixels that an arrow key scrolls the passage. */
const SCROLL_STEP = 80;

export function ReviewPage({ user, preferences, onLogout, onSignedOut }: Props) {
  const messages = useMessages();
  const [, redraw] = useState({});
  const review = useMemo(() => new Review(user, redraw, onSignedOut), []);
  const card = useRef<CardHandle>(null);
  const passage = useRef<HTMLElement>(null);
  const [help, setHelp] = useState(false);
  const [guidelines, setGuidelines] = useState(false);
  const [account, setAccount] = useState(false);

  useEffect(() => {
    void review.start();
    return () => review.close();
  }, [review]);

  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => review.changesFinished && event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [review]);

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (!action) return;
      event.preventDefault();
      // A held key must not run through the list.
      if (event.repeat && action.name !== 'scroll' && action.name !== 'next' && action.name !== 'previous') return;
      perform(action);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [review]);

  const perform = (action: Action) => {
    switch (action.name) {
      case 'choose': {
        const value = review.choose(action.index);
        if (value !== undefined) card.current?.focusOption(value);
        return;
      }
      case 'scroll':
        return passage.current?.scrollBy({ top: action.by * SCROLL_STEP });
      case 'submit':
        return review.submit();
      case 'discard':
        return review.discard();
      case 'undo':
        return review.undo();
      case 'next':
        return review.move(1);
      case 'previous':
        return review.move(-1);
      case 'show':
        return review.showModel();
      case 'take':
        return review.takeSuggestions();
      case 'edit':
        return card.current?.editText();
      case 'flaw':
        // What is called “other” is said in words.
        if (review.toggleFlaw(action.value) && action.value === 'other') card.current?.comment();
        return;
      case 'comment':
        return card.current?.comment();
      case 'leave':
        return card.current?.focusQuestion();
      case 'retry':
        return review.retry();
      case 'help':
        return setHelp(true);
    }
  };

  const { state } = review;
  const { dataset, progress, queue } = state;
  const record = current(queue);
  const layout = useMemo(() => dataset && parts(dataset), [dataset]);
  const text = layout?.passage && record?.fields[layout.passage.name];
  const quote = record?.metadata['quote'];
  const split = Boolean(text || quote);

  useEffect(() => {
    document.title = dataset ? `${progress?.mine.pending ?? ''} · ${dataset.name} · Examen` : 'Examen';
  }, [dataset, progress]);

  return (
    <div class="frame">
      <header>
        <Header
          user={user}
          datasets={state.datasets ?? []}
          dataset={dataset}
          preferences={preferences}
          onDataset={(id) => void review.openDataset(id)}
          onGuidelines={() => setGuidelines(true)}
          onHelp={() => setHelp(true)}
          onAccount={() => setAccount(true)}
          onLogout={() => void review.finish().then(onLogout)}
        />
        {dataset && progress && (
          <Tabs progress={progress} selected={queue.status} onSelect={(status) => void review.openList(status)} />
        )}
      </header>
      <main class={split && record ? 'stage split' : 'stage'} aria-busy={state.loading}>
        {record && dataset && layout ? (
          <>
            {split && (
              <Passage
                scroller={passage}
                key={`passage-${record.id}`}
                record={record}
                text={text ?? ''}
                style={styleOf(layout.passage, 'prose')}
              />
            )}
            <Card
              handle={card}
              key={record.id}
              review={review}
              dataset={dataset}
              layout={layout}
              record={record}
              alone={!split}
            />
          </>
        ) : (
          <End review={review} />
        )}
      </main>
      <Problems review={review} />
      <div class="visually-hidden" role="status">
        {/* A new element each time, so that the same words twice are read twice. */}
        {state.event && <p key={state.event.count}>{messages.said[state.event.what]}</p>}
      </div>
      <HelpDialog open={help} onClose={() => setHelp(false)} />
      <AccountDialog open={account} user={user} onClose={() => setAccount(false)} />
      <GuidelinesDialog open={guidelines} text={dataset?.guidelines ?? ''} onClose={() => setGuidelines(false)} />
    </div>
  );
}

// The source passage with the supporting quotes marked and in view, and where it comes from.

import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ReviewRecord } from './api';
import { useMessages } from './i18n';
import { languageOf } from './parts';
import { Source } from './source';
import { markQuotes } from './text/marks';
import type { Style } from './text/markup';
import { Text } from './text/text';

interface Props {
  /** The element that scrolls, for the keyboard. */
  scroller: RefObject<HTMLElement | null>;
  record: ReviewRecord;
  /** The passage; empty when the record has none. */
  text: string;
  style: Style;
}

export function Passage({ scroller, record, text, style }: Props) {
  const { passage } = useMessages();
  const prose = useRef<HTMLDivElement>(null);
  const [missing, setMissing] = useState<string[]>([]);
  const quotes = ['quote', 'second_quote'].map((name) => String(record.metadata[name] ?? '')).filter((words) => words !== '');
  const lang = languageOf(record);

  useLayoutEffect(() => {
    const spoken = { start: passage.quoteStart, end: passage.quoteEnd };
    if (prose.current) setMissing(markQuotes(prose.current, quotes, spoken));
    return scroller.current ? keepCentred(scroller.current) : undefined;
  }, []);

  return (
    <section ref={scroller} class="passage" aria-label={passage.title} tabIndex={0} data-scrolls>
      <div class="passage-inner">
        <Source record={record} />
        {missing.map((words) => (
          <figure key={words} class="quote">
            <figcaption>{text === '' ? passage.quoteOnly : passage.quoteMissing}</figcaption>
            <blockquote lang={lang} dir="auto">
              {words}
            </blockquote>
          </figure>
        ))}
        <div ref={prose}>
          <Text class="passage-text" text={text} style={style} lang={lang} />
        </div>
      </div>
    </section>
  );
}

/** Centres the quote now and whenever the passage gets another width, until the returned function is called. */
function keepCentred(scroller: HTMLElement): () => void {
  centre(scroller);
  let width = scroller.clientWidth;
  const observer = new ResizeObserver(() => {
    if (scroller.clientWidth === width) return;
    width = scroller.clientWidth;
    centre(scroller);
  });
  observer.observe(scroller);
  return () => observer.disconnect();
}

/** Scrolls the quote into the middle of the passage, and nothing else: the page stays where it is. */
function centre(scroller: HTMLElement): void {
  const mark = scroller.querySelector('mark');
  if (!mark) return void (scroller.scrollTop = 0);
  const [inner, outer] = [mark.getBoundingClientRect(), scroller.getBoundingClientRect()];
  scroller.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

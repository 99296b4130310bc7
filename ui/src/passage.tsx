// The source passage with the supporting quotes marked and in view, and where it comes from.

import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { ReviewRecord } from './api';
import { useMessages } from './i18n';
import { languageOf } from './parts';
import { blocks, findQuote, type Piece, type Range } from './quote';
import { Source } from './source';

interface Props {
  /** The element that scrolls, for the keyboard. */
  scroller: RefObject<HTMLElement | null>;
  record: ReviewRecord;
  /** The passage; empty when the record has none. */
  text: string;
}

export function Passage({ scroller, record, text }: Props) {
  const { passage } = useMessages();
  const quotes = ['quote', 'second_quote'].map((name) => String(record.metadata[name] ?? ''));
  const [quote = '', secondQuote = ''] = quotes;
  const found = useMemo(() => [quote, secondQuote].map((words) => findQuote(text, words)), [text, quote, secondQuote]);
  const paragraphs = useMemo(() => blocks(text, inOrder(found)), [text, found]);
  const missing = quotes.filter((words, i) => words !== '' && !found[i]);
  const lang = languageOf(record);

  useLayoutEffect(() => {
    const element = scroller.current;
    return element ? keepCentred(element) : undefined;
  }, []);

  return (
    <section ref={scroller} class="passage" aria-label={passage.title} tabIndex={0} data-scrolls>
      <div class="passage-inner">
        <Source record={record} />
        {missing.map((words) => (
          <figure key={words} class="quote">
            <figcaption>{text === '' ? passage.quoteOnly : passage.quoteMissing}</figcaption>
            <blockquote lang={lang}>{words}</blockquote>
          </figure>
        ))}
        <div class="prose" lang={lang}>
          {paragraphs.map((block, i) => {
            const Tag = block.heading ? 'h3' : 'p';
            return (
              <Tag key={i}>
                {block.pieces.map((piece, j) => (
                  <PieceOfText key={j} piece={piece} />
                ))}
              </Tag>
            );
          })}
        </div>
      </div>
    </section>
  );
}

function inOrder(found: (Range | undefined)[]): Range[] {
  return found.filter((range) => range !== undefined).sort((a, b) => a.start - b.start);
}

function PieceOfText({ piece }: { piece: Piece }) {
  const { passage } = useMessages();
  if (piece === null) return <br />;
  if (!piece.marked) return <>{piece.text}</>;
  // Screen readers pass over <mark> in silence.
  return (
    <>
      <span class="visually-hidden"> [{passage.quoteStart}] </span>
      <mark>{piece.text}</mark>
      <span class="visually-hidden"> [{passage.quoteEnd}] </span>
    </>
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

// Marks quotes in a passage that is drawn. Changes elements that Preact does not draw: the HTML of a `Text`.

import { findQuote, type Found } from './quote';

/** Words for screen readers, which pass over <mark> in silence. */
interface Spoken {
  start: string;
  end: string;
}

/** Marks each quote in the element; returns those that are not there. */
export function markQuotes(element: Element, quotes: string[], spoken: Spoken): string[] {
  return quotes.filter((quote) => {
    // Anew for each: the marks of the one before have cut the pieces.
    const pieces = piecesOf(element);
    const found = findQuote(pieces.map(textOf), quote);
    if (found) wrap(pieces, found, spoken);
    return !found;
  });
}

/** A text, or a formula, which is marked as a whole. */
type PieceNode = Text | HTMLElement;

function piecesOf(element: Element): PieceNode[] {
  const isFormula = (node: Node): node is HTMLElement => node instanceof HTMLElement && node.dataset['source'] !== undefined;
  const isSpoken = (node: Node) => node instanceof HTMLElement && node.classList.contains('visually-hidden');
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) => {
    if (isSpoken(node) || (node.parentElement?.closest('[data-source]') ?? false)) return NodeFilter.FILTER_REJECT;
    return node instanceof Text || isFormula(node) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
  });
  const pieces: PieceNode[] = [];
  while (walker.nextNode()) pieces.push(walker.currentNode as PieceNode);
  return pieces;
}

function textOf(piece: PieceNode): string {
  return piece instanceof Text ? piece.data : (piece.dataset['source'] ?? '');
}

function wrap(pieces: PieceNode[], { start, end }: Found, spoken: Spoken): void {
  const marks: HTMLElement[] = [];
  for (let i = start.piece; i <= end.piece; i++) {
    const from = i === start.piece ? start.offset : 0;
    const to = i === end.piece ? end.offset : undefined;
    const node = cut(pieces[i]!, from, to);
    if (node instanceof Text && node.data.trim() === '') continue;
    const mark = document.createElement('mark');
    node.replaceWith(mark);
    mark.append(node);
    marks.push(mark);
  }
  marks[0]?.before(aside(spoken.start));
  marks.at(-1)?.after(aside(spoken.end));
}

/** The part of a text between two offsets, as a node of its own. */
function cut(piece: PieceNode, from: number, to: number | undefined): PieceNode {
  if (!(piece instanceof Text)) return piece;
  if (to !== undefined && to < piece.length) piece.splitText(to);
  return from > 0 ? piece.splitText(from) : piece;
}

function aside(text: string): HTMLElement {
  const span = document.createElement('span');
  span.className = 'visually-hidden';
  // With a direction of its own it does not count for that of its paragraph.
  span.dir = 'auto';
  span.textContent = ` [${text}] `;
  return span;
}

// Finds a quote in its passage and cuts a passage into paragraphs to draw. Pure: offsets in, offsets out.

/** Half-open range of UTF-16 offsets into the passage. */
export interface Range {
  start: number;
  end: number;
}

/** Characters that a model or a converter writes differently from the document. */
const SAME: Record<string, string> = {
  '\u2018': "'", '\u2019': "'", '\u201a': "'", '\u2032': "'", '`': "'",
  '\u201c': '"', '\u201d': '"', '\u201e': '"', '\u00ab': '"', '\u00bb': '"', '\u2033': '"',
  '\u2010': '-', '\u2011': '-', '\u2012': '-', '\u2013': '-', '\u2014': '-', '\u2212': '-',
};

/**
 * Finds `quote` in `passage`: exactly if possible, else with any run of white space, kind of quotation mark or
 * dash, letter case and Markdown emphasis counted as the same. Undefined when it is not there.
 */
export function findQuote(passage: string, quote: string): Range | undefined {
  const trimmed = quote.trim();
  if (trimmed === '') return undefined;
  const exact = passage.indexOf(trimmed);
  if (exact >= 0) return { start: exact, end: exact + trimmed.length };
  const folded = fold(passage);
  for (const needle of [fold(trimmed).text.trim(), unwrap(fold(trimmed).text.trim())]) {
    const at = needle === '' ? -1 : folded.text.indexOf(needle);
    if (at >= 0) return { start: folded.offsets[at]!, end: folded.offsets[at + needle.length - 1]! + 1 };
  }
  return undefined;
}

/** Without the quotation marks and dots that models put around a quote. */
function unwrap(text: string): string {
  return text.replace(/^["'. …]+|["'. …]+$/g, '');
}

/** `text` with equal-looking characters made equal; `offsets[i]` is where its unit i came from. */
function fold(text: string): { text: string; offsets: number[] } {
  const out: string[] = [];
  const offsets: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const unit = text[i]!;
    if (unit === '*' || unit === '_' || unit === '\u00ad') continue;
    if (/\s/.test(unit)) {
      if (out.at(-1) === ' ') continue;
      out.push(' ');
    } else {
      const lower = unit.toLowerCase();
      // Some letters grow when lowered (İ): they stay, so that offsets stay one to one.
      out.push(SAME[unit] ?? (lower.length === 1 ? lower : unit));
    }
    offsets.push(i);
  }
  return { text: out.join(''), offsets };
}

/** A piece of text to draw, inside the quote or not; `null` is a line break. */
export type Piece = { text: string; marked: boolean } | null;

export interface Block {
  heading: boolean;
  pieces: Piece[];
}

/** A line this long was broken by the width of the page, not by its author. */
const WRAPPED_LINE = 50;
const LIST_ITEM = /^\s*([-*•·|>#]|\(?[0-9a-zA-Z]{1,3}[.)]\s)/;

/** The paragraphs and headings of `passage`. Hard-wrapped lines are joined; lists and short lines keep their breaks. */
export function blocks(passage: string, marks: Range[] = []): Block[] {
  const found = [...passage.matchAll(/\S[^]*?(?=[ \t\r]*\n[ \t\r]*\n|\s*$(?![^]))/g)];
  return found.flatMap((match) => splitHeading(match[0], match.index)).map(({ text, start }) => {
    const heading = /^#{1,6}\s+/.exec(text);
    const skip = heading?.[0].length ?? 0;
    return { heading: heading !== null, pieces: pieces(text.slice(skip), start + skip, marks) };
  });
}

/** A Markdown heading ends with its line, even when no empty line follows. */
function splitHeading(text: string, start: number): { text: string; start: number }[] {
  const line = /^#{1,6}\s.*\n/.exec(text);
  if (!line) return [{ text, start }];
  const rest = text.slice(line[0].length);
  return [{ text: line[0].trimEnd(), start }, ...splitHeading(rest, start + line[0].length)];
}

function pieces(text: string, start: number, marks: Range[]): Piece[] {
  const lines = text.split('\n');
  const out: Piece[] = [];
  let offset = start;
  lines.forEach((line, i) => {
    const next = lines[i + 1];
    const breaks = next !== undefined && (line.trimEnd().length < WRAPPED_LINE || LIST_ITEM.test(next));
    const joined = next === undefined || breaks ? line : `${line} `;
    out.push(...cut(joined, offset, marks));
    if (breaks) out.push(null);
    offset += line.length + 1;
  });
  return out;
}

function cut(text: string, offset: number, marks: Range[]): Piece[] {
  const clamp = (at: number) => Math.max(0, Math.min(text.length, at - offset));
  const parts: { text: string; marked: boolean }[] = [];
  let from = 0;
  for (const mark of marks) {
    const [start, end] = [Math.max(from, clamp(mark.start)), clamp(mark.end)];
    if (end <= start) continue;
    parts.push({ text: text.slice(from, start), marked: false }, { text: text.slice(start, end), marked: true });
    from = end;
  }
  parts.push({ text: text.slice(from), marked: false });
  return parts.filter((part) => part.text !== '');
}

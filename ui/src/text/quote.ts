// Finds a quote among the pieces of a passage that is drawn. Pure: texts in, offsets out.

import { words } from './markup';

/** A place in a list of pieces: which piece, and the UTF-16 offset in it. */
export interface Place {
  piece: number;
  offset: number;
}

/** From the first unit of a quote to the one behind its last. */
export interface Found {
  start: Place;
  end: Place;
}

/** Characters that a model or a converter writes differently from the document. */
const SAME: Record<string, string> = {
  '\u2018': "'", '\u2019': "'", '\u201a': "'", '\u2032': "'",
  '\u201c': '"', '\u201d': '"', '\u201e': '"', '\u00ab': '"', '\u00bb': '"', '\u2033': '"',
  '\u2010': '-', '\u2011': '-', '\u2012': '-', '\u2013': '-', '\u2014': '-', '\u2212': '-',
};
/** White space, characters without width, and marks of Markdown: a quote has some that the drawn passage lacks. */
const IGNORED = /[\s\u00ad\u200b-\u200f\u2060\ufeff*_`|#>~\\]/;

/**
 * Finds `quote` in the texts of `pieces`, with white space, kinds of quotation marks and dashes, letter case and marks of
 * Markdown counted as nothing. Undefined when it is not there.
 */
export function findQuote(pieces: string[], quote: string): Found | undefined {
  const folded = fold(pieces);
  for (const text of [words(quote), quote, unwrap(quote.trim())]) {
    const needle = fold([text]).text;
    const at = needle === '' ? -1 : folded.text.indexOf(needle);
    if (at < 0) continue;
    const last = folded.places[at + needle.length - 1]!;
    return { start: folded.places[at]!, end: { piece: last.piece, offset: last.offset + 1 } };
  }
  return undefined;
}

/** Without the quotation marks and dots that models put around a quote. */
function unwrap(text: string): string {
  return text.replace(/^["'“”„«»‘’. …]+|["'“”„«»‘’. …]+$/g, '');
}

/** The pieces as one text with equal-looking characters made equal; `places[i]` is where its unit i came from. */
function fold(pieces: string[]): { text: string; places: Place[] } {
  const out: string[] = [];
  const places: Place[] = [];
  pieces.forEach((text, piece) => {
    for (let offset = 0; offset < text.length; offset++) {
      const unit = text[offset]!;
      if (IGNORED.test(unit)) continue;
      const lower = unit.toLowerCase();
      // Some letters grow when lowered (İ): they stay, so that places stay one to one.
      out.push(SAME[unit] ?? (lower.length === 1 ? lower : unit));
      places.push({ piece, offset });
    }
  });
  return { text: out.join(''), places };
}

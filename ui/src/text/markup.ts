// A record's texts as HTML that is safe to insert: Markdown with tables, code and LaTeX, or plain text. HTML in a text
// is shown, never run; nothing is fetched. Pure: text in, HTML out.

import markdownIt, { type MarkdownIt, type StateCore, type StateInline, type Token } from 'markdown-it';
import temml from 'temml';

/** `line`: questions and options, where `5*3*2`, `__init__` and `1984.` stay what they are. `prose`: passages. */
export type Style = 'plain' | 'line' | 'prose';

/** Longer texts are shown as they are: a page draws them at once. */
const MAX_LENGTH = 200_000;
const MAX_FORMULA = 4_000;
/** A line this long was broken by the width of the page, not by its author. */
const WRAPPED_LINE = 50;
/** Beginnings and ends of formulas. */
const FORMULAS: [open: string, close: string, display: boolean][] = [
  ['$$', '$$', true],
  ['\\[', '\\]', true],
  ['\\(', '\\)', false],
  ['$', '$', false],
];

const prose = reader({ breaks: false });
const line = reader({ breaks: true });
line.disable(['escape', 'entity', 'lheading', 'reference', 'code']);
line.inline.ruler.before('emphasis', 'within_words', readMarkWithinWords);

/** The text as HTML. */
export function markup(text: string, style: Style): string {
  if (style === 'plain' || text.length > MAX_LENGTH) return prose.utils.escapeHtml(text);
  if (style === 'prose') return prose.render(keepShortLines(text));
  return text.trim().includes('\n') ? line.render(text) : line.renderInline(text.trim());
}

/** The direction of a text: that of its first letter. */
export function direction(text: string): 'ltr' | 'rtl' {
  const [first = ''] = /\p{L}/u.exec(text) ?? [];
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(first) ? 'rtl' : 'ltr';
}

/** The words of a text in Markdown without its marks; formulas as they are written. */
export function words(text: string): string {
  const inner = (tokens: Token[]): string =>
    tokens.map((token) => (token.children ? inner(token.children) : token.content || ' ')).join('');
  return inner(prose.parse(text, {}));
}

function reader({ breaks }: { breaks: boolean }): MarkdownIt {
  const markdown = markdownIt({ html: false, breaks });
  markdown.validateLink = (address) => /^(https?:|mailto:|#)/i.test(address.trim());
  markdown.inline.ruler.before('escape', 'formula', readFormula);
  markdown.core.ruler.push('page', fitPage);
  markdown.renderer.rules['formula'] = (tokens, index) => drawFormula(tokens[index]!, markdown);
  // A picture would have to be fetched: its description takes its place.
  markdown.renderer.rules['image'] = (tokens, index) => markdown.utils.escapeHtml(tokens[index]!.content);
  return markdown;
}

/** Joins hard-wrapped lines only: a short line keeps its break, as two spaces at its end. */
function keepShortLines(text: string): string {
  let isCode = false;
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  return lines
    .map((current) => {
      if (/^\s*(```|~~~)/.test(current)) isCode = !isCode;
      const isOwn = isCode || /^( {4}|\t|\s*$)/.test(current);
      return isOwn || current.length >= WRAPPED_LINE ? current : `${current}  `;
    })
    .join('\n');
}

/** Takes `*` and `_` between letters or digits as the characters that they are. */
function readMarkWithinWords(state: StateInline, silent: boolean): boolean {
  const mark = state.src[state.pos];
  if (mark !== '*' && mark !== '_') return false;
  let end = state.pos;
  while (state.src[end] === mark) end++;
  const isWithin = [state.src[state.pos - 1], state.src[end]].every((beside) => /[\p{L}\p{N}()]/u.test(beside ?? ''));
  if (mark === '*' && !isWithin) return false;
  if (!silent) state.pending += state.src.slice(state.pos, end);
  state.pos = end;
  return true;
}

/** Takes a formula between its signs whole, so that nothing in it is read as Markdown. */
function readFormula(state: StateInline, silent: boolean): boolean {
  const kind = FORMULAS.find(([open]) => state.src.startsWith(open, state.pos));
  if (!kind) return false;
  const [open, close, display] = kind;
  const start = state.pos + open.length;
  const end = endOfFormula(state.src, start, close);
  if (end === undefined) return false;
  if (!silent) {
    const token = state.push('formula', 'math', 0);
    token.content = state.src.slice(start, end);
    token.markup = open;
    token.meta = { display };
  }
  state.pos = end + close.length;
  return true;
}

/** The offset where a formula ends; undefined for a sign that opens none, as in "from $5 to $10". */
function endOfFormula(text: string, start: number, close: string): number | undefined {
  let end = text.indexOf(close, start);
  while (end > start && text[end - 1] === '\\' && close.startsWith('$')) end = text.indexOf(close, end + 1);
  if (end <= start || end - start > MAX_FORMULA) return undefined;
  if (close !== '$') return end;
  const isAmount = /\s/.test(text[start]!) || /\s/.test(text[end - 1]!) || /\d/.test(text[end + 1] ?? '');
  return isAmount || text.slice(start, end).includes('\n\n') ? undefined : end;
}

function drawFormula(token: Token, { utils }: MarkdownIt): string {
  const source = utils.escapeHtml(token.content);
  const { display } = token.meta as { display: boolean };
  try {
    const options = { displayMode: display, throwOnError: true, trust: false, maxExpand: 200, maxSize: [10, 50] as [number, number] };
    // The page's policy allows no styles in attributes; without them only fine spacing is lost.
    const math = temml.renderToString(token.content, options).replace(/ style="[^"]*"/g, '');
    // An option may be a formula alone: its source is its name for who does not see it.
    return `<span class="formula" data-source="${source}">${math.replace('<math', `<math aria-label="${source}"`)}</span>`;
  } catch {
    return `<code>${source}</code>`;
  }
}

/** Fits a text into the page: each block has its own direction, headings are below the page's, links leave it. */
function fitPage(state: StateCore): void {
  for (const token of state.tokens) {
    if (token.nesting !== 1 && token.type !== 'fence' && token.type !== 'code_block') continue;
    // Lists have the direction of the whole text: their marks stand on one side.
    if (!/^(bullet|ordered)_list|^list_item/.test(token.type)) token.attrSet('dir', token.nesting === 1 ? 'auto' : 'ltr');
    if (token.type === 'heading_open') token.tag = 'h3';
    if (token.type === 'list_item_open' && token.info !== '') token.attrSet('value', token.info);
    const style = token.attrGet('style');
    if (typeof style === 'string') {
      token.attrs = token.attrs!.filter(([name]) => name !== 'style');
      token.attrSet('class', style.replace('text-align:', 'align-'));
    }
  }
  for (const token of state.tokens) {
    if (token.type === 'heading_close') token.tag = 'h3';
    for (const child of token.children ?? []) {
      if (child.type !== 'link_open') continue;
      child.attrSet('target', '_blank');
      child.attrSet('rel', 'noopener noreferrer');
    }
  }
}

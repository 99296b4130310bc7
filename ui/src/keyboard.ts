// The keys and their actions. One table feeds the listener and the help dialog.

import type { Messages } from './i18n';

export type Action =
  | { name: 'choose'; index: number }
  | { name: 'submit' | 'discard' | 'undo' | 'next' | 'previous' | 'edit' | 'take' | 'show' | 'comment' | 'leave' | 'help' | 'retry' }
  | { name: 'flaw'; value: string }
  | { name: 'scroll'; by: -1 | 1 };

/** The keys of the flaws that a reviewer can name, the same in every language. */
export const FLAW_KEYS: Record<string, string> = {
  several_right: 'm',
  none_right: 'n',
  key_wrong: 'k',
  not_in_passage: 'p',
  gives_away: 'g',
  needs_passage: 'd',
  ambiguous: 'a',
  trivial: 'b',
  wrong_language: 'l',
  other: 'o',
};

/** The rows of the help dialog: keys and the message about them. */
export const HELP: [keys: string[], message: keyof Messages['help']][] = [
  [['1', '2', '3', '4'], 'choose'],
  [['Enter'], 'submit'],
  [['⌫'], 'discard'],
  [['S'], 'show'],
  [['U'], 'undo'],
  [['←', '→'], 'move'],
  [['↑', '↓'], 'scroll'],
  [Object.values(FLAW_KEYS).map((key) => key.toUpperCase()), 'flaw'],
  [['C'], 'comment'],
  [['E'], 'edit'],
  [['T'], 'take'],
  [['Ctrl', 'Enter'], 'submitFromText'],
  [['Esc'], 'leave'],
  [['R'], 'retry'],
  [['?'], 'help'],
];

const BY_KEY: Record<string, Action> = {
  Enter: { name: 'submit' },
  Backspace: { name: 'discard' },
  u: { name: 'undo' },
  U: { name: 'undo' },
  ArrowRight: { name: 'next' },
  ArrowLeft: { name: 'previous' },
  ArrowDown: { name: 'scroll', by: 1 },
  ArrowUp: { name: 'scroll', by: -1 },
  e: { name: 'edit' },
  E: { name: 'edit' },
  t: { name: 'take' },
  T: { name: 'take' },
  c: { name: 'comment' },
  C: { name: 'comment' },
  s: { name: 'show' },
  S: { name: 'show' },
  r: { name: 'retry' },
  R: { name: 'retry' },
  '?': { name: 'help' },
};

for (const [value, key] of Object.entries(FLAW_KEYS)) {
  BY_KEY[key] = BY_KEY[key.toUpperCase()] = { name: 'flaw', value };
}

/** The action of a key press; undefined leaves it to the browser. */
export function actionOf(event: KeyboardEvent): Action | undefined {
  if (event.defaultPrevented || event.isComposing || event.altKey) return undefined;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest('dialog')) return undefined;
  const control = event.ctrlKey || event.metaKey;
  if (event.key === 'Enter' && control) return { name: 'submit' };
  if (control) return undefined;
  if (isText(target)) return event.key === 'Escape' ? { name: 'leave' } : undefined;
  if (ownsKey(target, event.key)) return undefined;
  const digit = digitOf(event);
  return digit === undefined ? BY_KEY[event.key] : { name: 'choose', index: digit - 1 };
}

function isText(target: Element): boolean {
  return target.matches('textarea, select, input:not([type=radio], [type=checkbox])');
}

/** True if the focused control gives this key a meaning of its own. */
function ownsKey(target: Element, key: string): boolean {
  if (key === 'Enter') return target.matches('button, a, summary');
  if (key === 'ArrowUp' || key === 'ArrowDown') return target.matches('input[type=radio], [data-scrolls]');
  return false;
}

function digitOf(event: KeyboardEvent): number | undefined {
  if (/^[1-9]$/.test(event.key)) return Number(event.key);
  // On a French keyboard the unshifted digit row types other characters.
  const row = /^Digit([1-9])$/.exec(event.code);
  return row && !event.shiftKey ? Number(row[1]) : undefined;
}

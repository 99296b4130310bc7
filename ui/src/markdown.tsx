// The little Markdown that guidelines use: headings, lists, paragraphs, bold, emphasis, code. Everything else stays text.

import type { ComponentChildren } from 'preact';

const ITEM = /^\s*(?:[-*•]|\d+[.)])\s+/;

export function Markdown({ text }: { text: string }) {
  const blocks = text.replaceAll('\r\n', '\n').split(/\n\s*\n/).filter((block) => block.trim() !== '');
  return (
    <>
      {blocks.map((block, i) => (
        <Block key={i} text={block.trim()} />
      ))}
    </>
  );
}

function Block({ text }: { text: string }) {
  const heading = /^#{1,6}\s+(.*)$/.exec(text);
  if (heading) return <h3>{inline(heading[1] ?? '')}</h3>;
  if (!ITEM.test(text)) return <p>{inline(text)}</p>;
  const List = /^\s*\d/.test(text) ? 'ol' : 'ul';
  return (
    <List>
      {items(text).map((item, i) => (
        <li key={i}>{inline(item)}</li>
      ))}
    </List>
  );
}

/** The items of a list; a line without a marker goes on with the item above. */
function items(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    if (ITEM.test(line)) found.push(line.replace(ITEM, ''));
    else found.push(`${found.pop() ?? ''} ${line.trim()}`);
  }
  return found;
}

function inline(text: string): ComponentChildren[] {
  return text.split(/(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`)/).map((part) => {
    if (/^\*\*.+\*\*$/.test(part)) return <strong>{part.slice(2, -2)}</strong>;
    if (/^\*.+\*$/.test(part)) return <em>{part.slice(1, -1)}</em>;
    if (/^`.+`$/.test(part)) return <code>{part.slice(1, -1)}</code>;
    return part;
  });
}

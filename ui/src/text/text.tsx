// A text of a record, in the way its author wrote it.

import { useMemo } from 'preact/hooks';
import { direction, markup, type Style } from './markup';

interface Props {
  text: string;
  style: Style;
  lang?: string | undefined;
  class?: string;
}

export function Text({ text, style, lang, class: className = '' }: Props) {
  const html = useMemo(() => markup(text, style), [text, style]);
  return <div class={`text ${style} ${className}`} dir={direction(text)} lang={lang} dangerouslySetInnerHTML={{ __html: html }} />;
}

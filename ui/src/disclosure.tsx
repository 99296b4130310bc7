// Texts that most questions need not have: behind a button with a key, open where there is something to see.

import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { PenIcon } from './icons';

interface Props {
  id: string;
  /** Set to what the key does: opens the texts and puts the cursor into the first. */
  write: RefObject<(() => void) | null>;
  keyName: string;
  label: string;
  startsOpen: boolean;
  /** True if a text is missing: then the cursor goes there. */
  wanted: boolean;
  children: () => ComponentChildren;
}

export function Disclosure({ id, write, keyName, label, startsOpen, wanted, children }: Props) {
  const [open, setOpen] = useState(startsOpen);
  const texts = useRef<HTMLDivElement>(null);
  const focusFirst = () => texts.current?.querySelector('textarea')?.focus();
  write.current = () => {
    if (open) focusFirst();
    else setOpen(true);
  };
  // Opened by hand: the reviewer wants to write. Open from the start: there is text to see.
  const startedOpen = useRef(open);
  useLayoutEffect(() => {
    if (open && !startedOpen.current) {
      focusFirst();
      texts.current?.scrollIntoView({ block: 'nearest' });
    }
    startedOpen.current = false;
  }, [open]);
  // What a model suggests may come into view later.
  useLayoutEffect(() => {
    if (!startsOpen || open) return;
    startedOpen.current = true;
    setOpen(true);
  }, [startsOpen]);
  useLayoutEffect(() => {
    if (wanted) write.current?.();
  }, [wanted]);
  return (
    <div class="improve">
      <button
        class="disclosure"
        aria-expanded={open}
        aria-controls={id}
        aria-keyshortcuts={keyName.toLowerCase()}
        onClick={() => setOpen(!open)}
      >
        <PenIcon /> {label} <kbd aria-hidden="true">{keyName}</kbd>
      </button>
      <div id={id} ref={texts} hidden={!open}>
        {open && children()}
      </div>
    </div>
  );
}

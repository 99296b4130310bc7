// The keys and what they do.

import { Dialog } from './dialog';
import { useMessages } from './i18n';
import { HELP } from './keyboard';

export function HelpDialog({ open, onClose }: { open: boolean; onClose(): void }) {
  const { help } = useMessages();
  return (
    <Dialog open={open} title={help.title} onClose={onClose}>
      <dl class="keys">
        {HELP.map(([keys, message]) => (
          <div key={message}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{help[message]}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">{help.note}</p>
    </Dialog>
  );
}

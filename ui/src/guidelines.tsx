// The dataset's guidelines for reviewers.

import { Dialog } from './dialog';
import { useMessages } from './i18n';
import { Markdown } from './markdown';

interface Props {
  open: boolean;
  text: string;
  onClose(): void;
}

export function GuidelinesDialog({ open, text, onClose }: Props) {
  const { header } = useMessages();
  return (
    <Dialog open={open} title={header.guidelines} onClose={onClose}>
      <div class="guidelines">
        <Markdown text={text} />
      </div>
    </Dialog>
  );
}

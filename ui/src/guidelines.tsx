// The dataset's guidelines for reviewers.

import { Dialog } from './dialog';
import { useMessages } from './i18n';
import { Text } from './text/text';

interface Props {
  open: boolean;
  text: string;
  onClose(): void;
}

export function GuidelinesDialog({ open, text, onClose }: Props) {
  const { header } = useMessages();
  return (
    <Dialog open={open} title={header.guidelines} onClose={onClose}>
      <Text class="guidelines" text={text} style="prose" />
    </Dialog>
  );
}

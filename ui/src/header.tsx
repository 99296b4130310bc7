// The top line: dataset, help, preferences, account.

import type { Dataset, DatasetSummary, User } from './api';
import { AccountIcon, BookIcon, HelpIcon, LogoutIcon } from './icons';
import { useMessages } from './i18n';
import { PreferenceSwitches, type Preferences } from './preferences';

interface Props {
  user: User;
  datasets: DatasetSummary[];
  dataset: Dataset | undefined;
  preferences: Preferences;
  onDataset(id: string): void;
  onGuidelines(): void;
  onHelp(): void;
  onAccount(): void;
  onLogout(): void;
}

export function Header(props: Props) {
  const { user, datasets, dataset, preferences, onDataset, onGuidelines, onHelp, onAccount, onLogout } = props;
  const { header } = useMessages();
  return (
    <div class="header">
      <span class="brand">Examen</span>
      {datasets.length > 1 ? (
        <select
          class="select dataset"
          aria-label={header.dataset}
          value={dataset?.id ?? ''}
          onChange={(event) => onDataset(event.currentTarget.value)}
        >
          {datasets.map(({ id, name }) => (
            <option key={id} value={id} selected={id === dataset?.id}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        <span class="dataset name">{dataset?.name}</span>
      )}
      <div class="tools">
        {dataset?.guidelines && (
          <button class="icon-button" aria-label={header.guidelines} title={header.guidelines} onClick={onGuidelines}>
            <BookIcon />
          </button>
        )}
        <button class="icon-button" aria-label={header.help} title={`${header.help} (?)`} onClick={onHelp}>
          <HelpIcon />
        </button>
        <PreferenceSwitches {...preferences} />
        <span class="user">{user.username}</span>
        <button class="icon-button" aria-label={header.account} title={header.account} onClick={onAccount}>
          <AccountIcon />
        </button>
        <button class="icon-button" aria-label={header.logout} title={header.logout} onClick={onLogout}>
          <LogoutIcon />
        </button>
      </div>
    </div>
  );
}

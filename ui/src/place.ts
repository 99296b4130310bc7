// Where the reviewer is, in the address bar, so that a reload or a bookmark returns there.

import type { Status } from './api';

const STATUSES: Status[] = ['pending', 'draft', 'submitted', 'discarded'];

export interface Place {
  dataset: string | undefined;
  status: Status;
}

export function current(): Place {
  const query = new URLSearchParams(location.search);
  const status = STATUSES.find((name) => name === query.get('status'));
  return { dataset: query.get('dataset') ?? undefined, status: status ?? 'pending' };
}

export function remember(place: Place): void {
  const query = new URLSearchParams({ dataset: place.dataset ?? '', status: place.status });
  history.replaceState(null, '', `?${query}`);
}

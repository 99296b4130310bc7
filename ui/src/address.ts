// Keeps dataset and status in the address bar, so that a reload or a bookmark returns to them.

import type { Status } from './api';

const STATUSES: Status[] = ['pending', 'draft', 'submitted', 'discarded'];

export interface Address {
  dataset: string | undefined;
  status: Status;
}

export function current(): Address {
  const query = new URLSearchParams(location.search);
  const status = STATUSES.find((name) => name === query.get('status'));
  return { dataset: query.get('dataset') ?? undefined, status: status ?? 'pending' };
}

export function remember({ dataset, status }: Address): void {
  const query = new URLSearchParams({ dataset: dataset ?? '', status });
  history.replaceState(null, '', `?${query}`);
}

// Answers that are entered but not sent yet, per record, kept in the browser so that neither a reload nor a lost
// session loses a word.

import type { Values } from './api';
import * as storage from './storage';

export class Edits {
  constructor(private readonly userId: string) {}

  get(recordId: string): Values | undefined {
    return storage.read<Values>(this.key(recordId));
  }

  set(recordId: string, values: Values): void {
    storage.write(this.key(recordId), values);
  }

  clear(recordId: string): void {
    storage.remove(this.key(recordId));
  }

  private key(recordId: string): string {
    return `examen.edits.${this.userId}.${recordId}`;
  }
}

import type { ActorRole } from '../changes/change.ts';

/** Who changes something, for the record. */
export type Actor = {
  /** User; null for a program of ours. */
  readonly id: string | null;
  readonly role: ActorRole;
  readonly requestId: string | null;
};

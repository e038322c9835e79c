import type { Topic } from '@wallet/schemas';
import type { Caller } from '../http/call.ts';
import type { IntentNoun } from './intent-ids.ts';

/** What every intent says of itself. */
export type AnyIntent = {
  readonly intent_id: string;
  readonly caller_id: string;
  readonly payload_hash: Buffer;
  readonly accepted_at: number;
};

/**
 * A noun that is asked for by an intent: all that accepting, waiting and reading need to know of
 * it. `Shown` is the object as the contract shows it.
 */
export type IntentKind<Intent extends AnyIntent, Shown extends { status: string }> = {
  readonly noun: IntentNoun;
  /** Where its objects are: `/payments`. */
  readonly path: string;
  readonly topic: Topic<Intent>;
  keyOf(intent: Intent): string;
  partiesOf(intent: Intent): readonly string[];
  maySee(caller: Caller, parties: readonly string[]): boolean;
  /** The object in its first state. */
  first(intent: Intent): Shown;
  /** The object as the ledger has it; null when the ledger does not have it (yet). */
  find(id: string): Promise<{ shown: Shown; parties: readonly string[] } | null>;
  /** Is this a state that `Prefer: wait` waits to be left? */
  isUndecided(shown: Shown): boolean;
};

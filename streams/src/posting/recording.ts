import { createIntentWriter, isRecordedAgain } from '@wallet/core-ledger';
import type { Answer, RecordedIntent, Statement, Transaction } from '@wallet/core-ledger';
import type { Work } from './kind.ts';

/** Intents recorded before, by id. */
export type Known = ReadonlyMap<string, RecordedIntent>;

/** Records the intents of batches, each once. */
export type Recording = {
  record(works: readonly Work[]): Statement;
  /** Whether a flight failed because of `record` alone: send it again, with what `record` says. */
  metAgain(error: unknown): boolean;
  /** From the answer of `record`: what was there before. */
  readKnown(transaction: Transaction, answer: Answer): Promise<Known>;
  parked(intentIds: Iterable<string>): Statement;
};

/**
 * Offsets and intents are committed together, so an intent comes again only when it was sent twice
 * or offsets were set back: then one batch is begun twice, and those behind it with care, until one
 * holds nothing known.
 */
export function createRecording(): Recording {
  const intents = createIntentWriter();
  let mayRepeat = false;
  return {
    record: (works) => (mayRepeat ? intents.record : intents.recordNew)(works.map(intentOf)),
    metAgain(error) {
      const again = isRecordedAgain(error);
      mayRepeat ||= again;
      return again;
    },
    async readKnown(transaction, answer) {
      const ids = intents.knownOf(answer);
      mayRepeat = ids.size > 0;
      if (ids.size === 0) return new Map();
      const [earlier] = await transaction.flight([intents.readRecorded(ids)]);
      return earlier === undefined ? new Map() : intents.recordedOf(earlier);
    },
    parked: (intentIds) => intents.setState(intentIds, 'parked'),
  };
}

function intentOf({ kind, intent, record: { topic, partition, offset } }: Work) {
  const { intent_id: intentId, payload_hash: payloadHash } = intent;
  return { intentId, kind: kind.kind, payloadHash, topic, partition, offset };
}

import type { Decision, PaymentIntent } from '@wallet/schemas';

/**
 * The decisions this process took last. A record that comes again (redelivery, a producer's
 * duplicate) gets its first decision word for word and counts nothing. Bounded: what has left it is
 * recognised by the velocity store, and in the end by the ledger, which keeps the first decision.
 */
export type Decided = {
  /** The decision of the same intent with the same payload, if it is still remembered. */
  find(intent: PaymentIntent): Decision | undefined;
  remember(intent: PaymentIntent, decision: Decision): void;
};

type Entry = { payloadHash: Buffer; decision: Decision };

/** At least this many are remembered, at most twice as many: seconds of full load, 2 kB each. */
const generationSize = 8_192;

/** Two generations: forgetting a whole map costs far less than deleting entry by entry. */
export function createDecided(size = generationSize): Decided {
  let recent = new Map<string, Entry>();
  let former = new Map<string, Entry>();
  return {
    find(intent) {
      const entry = recent.get(intent.intent_id) ?? former.get(intent.intent_id);
      // The same id with another payload is settled by the ledger: it is not the same payment.
      return entry?.payloadHash.equals(intent.payload_hash) === true ? entry.decision : undefined;
    },
    remember(intent, decision) {
      if (recent.size >= size) {
        former = recent;
        recent = new Map();
      }
      recent.set(intent.intent_id, { payloadHash: intent.payload_hash, decision });
    },
  };
}

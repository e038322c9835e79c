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

/** Some seconds of full load; about 2 kB each. */
const capacity = 16_384;

export function createDecided(size = capacity): Decided {
  const entries = new Map<string, { payloadHash: Buffer; decision: Decision }>();
  return {
    find(intent) {
      const entry = entries.get(intent.intent_id);
      // The same id with another payload is settled by the ledger: it is not the same payment.
      return entry?.payloadHash.equals(intent.payload_hash) === true ? entry.decision : undefined;
    },
    remember(intent, decision) {
      if (entries.size >= size) {
        const oldest = entries.keys().next();
        if (oldest.done !== true) entries.delete(oldest.value);
      }
      entries.set(intent.intent_id, { payloadHash: intent.payload_hash, decision });
    },
  };
}

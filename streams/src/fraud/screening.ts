import { features } from '@wallet/core-ledger';
import {
  type Decoded,
  type Decision,
  type InboundRecord,
  type PaymentIntent,
} from '@wallet/schemas';
import type { Counted } from './counted.ts';
import type { Decided } from './decided.ts';

/** One readable record on its way through a batch. */
export type Screening = {
  readonly record: InboundRecord;
  readonly bytes: Buffer;
  readonly intent: PaymentIntent;
  /** The earlier record of this batch that carries the same intent: its decision holds for both. */
  readonly first: Screening | undefined;
  /** Undefined until it is taken. */
  decision: Decision | undefined;
};

/** Why a record cannot be screened. */
export type Unusable = {
  readonly reason:
    Exclude<Decoded<unknown>, { ok: true }>['reason'] | 'too_large' | 'broken_invariant';
  readonly detail: string;
};

export type Batch = {
  readonly screenings: readonly Screening[];
  readonly unusable: readonly { record: InboundRecord; why: Unusable }[];
};

/** Leaves room for the decision within the broker's limit of a record. */
const maxIntentBytes = 900_000;
/** The contract's bound; larger amounts would not be exact as numbers. */
const maxAmountMinor = 1_000_000_000_000_000n;

/** Sorts a batch: what can be screened, with what is known of it, and what cannot. */
export function readBatch(
  records: readonly InboundRecord[],
  decode: (record: InboundRecord) => Decoded<PaymentIntent>,
  decided: Decided,
): Batch {
  const screenings: Screening[] = [];
  const unusable: { record: InboundRecord; why: Unusable }[] = [];
  const firstById = new Map<string, Screening>();
  for (const record of records) {
    const decoded = decode(record);
    const why = decoded.ok ? misfit(decoded.value, record) : decoded;
    if (!decoded.ok || record.value === null || why !== null) {
      if (why !== null) unusable.push({ record, why });
      continue;
    }
    const intent = decoded.value;
    const earlier = firstById.get(intent.intent_id);
    const same = earlier?.intent.payload_hash.equals(intent.payload_hash) === true;
    const first = same ? earlier : undefined;
    const decision = decided.find(intent);
    const screening: Screening = { record, bytes: record.value, intent, first, decision };
    screenings.push(screening);
    if (earlier === undefined) firstById.set(intent.intent_id, screening);
  }
  return { screenings, unusable };
}

/** A record that can be read and must not be counted all the same. */
export function misfit(intent: PaymentIntent, record: InboundRecord): Unusable | null {
  if (intent.amount_minor < 1n || intent.amount_minor > maxAmountMinor)
    return { reason: 'broken_invariant', detail: 'amount_minor is outside 1 … 1e15' };
  if (record.value !== null && record.value.length > maxIntentBytes)
    return { reason: 'too_large', detail: `an intent has at most ${maxIntentBytes} bytes` };
  return null;
}

/** A payment as the velocity store takes it, with nothing known yet. */
export function toCounted({ intent, record }: Screening): Counted {
  return {
    payment: intent,
    id: intent.intent_id,
    amountMinor: Number(intent.amount_minor),
    atMs: intent.accepted_at,
    partition: record.partition,
    offset: record.offset,
    features: emptyFeatures(),
    complete: true,
  };
}

/** Features of many payments share one piece of memory: it costs far less to make and to free. */
const slabSize = 128;
let slab = new Float64Array(0);
let used = 0;

function emptyFeatures(): Float64Array {
  if (used + features.length > slab.length) {
    slab = new Float64Array(slabSize * features.length).fill(NaN);
    used = 0;
  }
  used += features.length;
  return slab.subarray(used - features.length, used);
}

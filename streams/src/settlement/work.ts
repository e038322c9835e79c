import type { LabelsOf } from '@wallet/runtime';
import { Fault } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import type {
  Codec,
  Decision,
  InboundRecord,
  PaymentIntent,
  Topic,
  WalletIntent,
} from '@wallet/schemas';

export type DeadLetterReason = LabelsOf<'wallet_dead_letters_total'>['reason'];

export type PaymentWork = Came & {
  readonly kind: 'payment';
  readonly intent: PaymentIntent;
  readonly decision: Decision;
};
export type TopUpWork = Came & { readonly kind: 'top_up'; readonly intent: WalletIntent };

/** A record that settlement can decide. */
export type Work = PaymentWork | TopUpWork;

/** `value` are the record's bytes as they came. */
type Came = { readonly record: InboundRecord; readonly value: Buffer };

/** A record that no retry makes usable. */
export type Unusable = {
  readonly kind: 'unusable';
  readonly record: InboundRecord;
  readonly reason: DeadLetterReason;
  readonly detail: string;
};

/**
 * Reads records whose writer schemas are loaded. Faults: retriable when a schema is not loaded.
 */
export function readWork(codec: Codec, record: InboundRecord): Work | Unusable {
  const { topic, value } = record;
  if (value === null) return unusable(record, 'null_value', 'the record has no value');
  if (topic === topics.paymentScored.name) {
    const read = decoded(codec, topics.paymentScored, value);
    if (!read.ok) return unusable(record, read.reason, read.detail);
    return { kind: 'payment', record, value, ...read.value };
  }
  if (topic === topics.walletIntents.name) {
    const read = decoded(codec, topics.walletIntents, value);
    if (!read.ok) return unusable(record, read.reason, read.detail);
    if (read.value.kind === 'top_up') return { kind: 'top_up', record, value, intent: read.value };
    return unusable(record, 'unprocessable', `intents of kind ${read.value.kind} are unknown here`);
  }
  return unusable(record, 'unprocessable', `settlement does not read ${topic}`);
}

function decoded<T>(codec: Codec, topic: Topic<T>, value: Buffer) {
  const read = codec.decode(topic, value);
  if (!read.ok && read.reason === 'schema_not_loaded') {
    throw new Fault('schema_not_loaded', read.detail, { retriable: true });
  }
  return read;
}

function unusable(record: InboundRecord, reason: DeadLetterReason, detail: string): Unusable {
  return { kind: 'unusable', record, reason, detail };
}

import { topics, type Codec, type Decoded, type InboundRecord, type Topic } from '@wallet/schemas';
import {
  outcomesOfDispute,
  outcomesOfFraudCase,
  outcomesOfPayment,
  outcomesOfRefund,
  type Outcome,
} from './outcome.ts';

type Source = {
  readonly topic: string;
  readonly read: (codec: Codec, record: InboundRecord) => Decoded<Outcome[]>;
};

function source<T>(topic: Topic<T>, outcomesOf: (event: T) => Outcome[]): Source {
  return {
    topic: topic.name,
    read(codec, record) {
      const decoded = codec.decode(topic, record.value);
      return decoded.ok ? { ok: true, value: outcomesOf(decoded.value) } : decoded;
    },
  };
}

/** Which topics tell outcomes. Append only: a topic's place is part of its counters' guards. */
export const outcomeSources: readonly Source[] = [
  source(topics.paymentEvents, outcomesOfPayment),
  source(topics.fraudEvents, outcomesOfFraudCase),
  source(topics.disputeEvents, outcomesOfDispute),
  source(topics.refundEvents, outcomesOfRefund),
];

/** More partitions than any topic has. */
const mostPartitions = 1_024;

/**
 * Series are fed by several topics, each with offsets of its own: the source under which a record
 * is counted. Null for a topic that tells no outcomes.
 */
export function sourceOf({
  topic,
  partition,
}: InboundRecord): { source: Source; id: number } | null {
  const place = outcomeSources.findIndex((known) => known.topic === topic);
  const found = outcomeSources[place];
  return found === undefined ? null : { source: found, id: place * mostPartitions + partition };
}

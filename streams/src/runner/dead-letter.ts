import { deadLetterTopicOf, type InboundRecord, type OutboundRecord } from '@wallet/schemas';

/** Enough to understand a fault; a header is no place for a stack trace. */
const maxDetailLength = 500;

/**
 * The record that puts an unusable one aside: key, value and headers as they were, in the same
 * partition of the dead-letter topic of the topic it was read from. A null value, which Kafka would
 * take for a deletion, becomes an empty one; the reason says so.
 */
export function deadLetterOf(
  record: InboundRecord,
  why: { reason: string; detail: string; attempts: number },
): OutboundRecord {
  return {
    topic: deadLetterTopicOf(record.topic),
    partition: record.partition,
    key: record.key ?? '',
    value: record.value ?? Buffer.alloc(0),
    headers: {
      ...record.headers,
      'dead-letter-topic': record.topic,
      'dead-letter-partition': String(record.partition),
      'dead-letter-offset': String(record.offset),
      'dead-letter-timestamp': String(record.timestampMs),
      'dead-letter-reason': why.reason,
      'dead-letter-detail': why.detail.slice(0, maxDetailLength),
      'dead-letter-attempts': String(why.attempts),
    },
  };
}

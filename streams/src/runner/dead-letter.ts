import { deadLetterTopicOf, type InboundRecord, type OutboundRecord } from '@wallet/schemas';

/** Enough to understand a fault; a header is no place for a stack trace. */
const maxDetailLength = 500;
/** What leaves room for our headers within the broker's limit of a record. */
const maxRecordBytes = 900_000;
const maxKeyLength = 255;
const maxHeaderBytes = 8_192;

/**
 * The record that puts an unusable one aside: key, value and headers as they were, in the same
 * partition of the dead-letter topic of the topic it was read from. A null value, which Kafka would
 * take for a deletion, becomes an empty one; the reason says so. What is too large to be written
 * again is left out: its offset tells where it is.
 */
export function deadLetterOf(
  record: InboundRecord,
  why: { reason: string; detail: string; attempts: number },
): OutboundRecord {
  const headerBytes = Buffer.byteLength(JSON.stringify(record.headers));
  const bytes = headerBytes + Buffer.byteLength(record.key ?? '') + (record.value?.length ?? 0);
  const fits = bytes <= maxRecordBytes;
  const detail = fits ? why.detail : `record of ${bytes} bytes left out; ${why.detail}`;
  const key = record.key ?? '';
  return {
    topic: deadLetterTopicOf(record.topic),
    partition: record.partition,
    key: fits ? key : key.slice(0, maxKeyLength),
    value: (fits ? record.value : null) ?? Buffer.alloc(0),
    headers: {
      ...(headerBytes <= maxHeaderBytes ? record.headers : {}),
      'dead-letter-topic': record.topic,
      'dead-letter-partition': String(record.partition),
      'dead-letter-offset': String(record.offset),
      'dead-letter-timestamp': String(record.timestampMs),
      'dead-letter-reason': why.reason,
      'dead-letter-detail': detail.slice(0, maxDetailLength),
      'dead-letter-attempts': String(why.attempts),
    },
  };
}

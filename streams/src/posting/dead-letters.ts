import { deriveId } from '@wallet/core-ledger';
import type { OutboxRecord } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { deadLetterOf } from '../runner/dead-letter.ts';

/** The dead letter of a record, to be published through the outbox. */
export function deadLetterRecordOf(
  record: InboundRecord,
  why: { reason: string; detail: string; attempts: number },
): { topic: string; outboxRecord: OutboxRecord } {
  const letter = deadLetterOf(record, why);
  const place = `${record.topic}/${record.partition}/${record.offset}`;
  return {
    topic: letter.topic,
    outboxRecord: {
      eventId: deriveId(Math.max(0, record.timestampMs), place, 'dead-letter'),
      partition: letter.partition ?? null,
      key: letter.key,
      payload: letter.value,
      headers: letter.headers ?? {},
    },
  };
}

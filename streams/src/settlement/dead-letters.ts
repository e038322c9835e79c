import { deriveId } from '@wallet/core-ledger';
import type { OutboxRecord } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { deadLetterOf } from '../runner/dead-letter.ts';

/** A dead letter must fit into one request of the broker, headers included. */
const maximumBytes = 900_000;

/** The dead letter of a record, to be published through the outbox. */
export function deadLetterRecordOf(
  record: InboundRecord,
  why: { reason: string; detail: string; attempts: number },
): { topic: string; outboxRecord: OutboxRecord } {
  const bytes = bytesOf(record);
  const tooLarge = bytes > maximumBytes;
  const detail = tooLarge
    ? `its ${bytes} bytes are left out here, see the source topic; ${why.detail}`
    : why.detail;
  const small = { ...record, key: (record.key ?? '').slice(0, 255), value: null, headers: {} };
  const letter = deadLetterOf(tooLarge ? small : record, { ...why, detail });
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

function bytesOf({ key, value, headers }: InboundRecord): number {
  return (value?.length ?? 0) + Buffer.byteLength(key ?? '') + JSON.stringify(headers).length;
}

import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';
import type { Partition } from './partition-queues.ts';
import type { InboundRecord } from './record.ts';

/** What became of one fetched batch. */
export type Accepted = {
  readonly accepted: number;
  /** Records below the position: done already. */
  readonly applied: number;
  /** The batch shows that records of the position are not where they must be. */
  readonly missed: boolean;
};

/**
 * Queues the records that follow the partition's position without a gap. kafkajs' own position
 * slips (it is not monotonic, and a lost offset jumps), so nothing it delivers is believed: what is
 * below the position is dropped, and a gap is accepted only where the broker was asked for exactly
 * the next offset and itself had nothing there (a compacted log).
 * @returns 'lost' when the partition's position is not known yet
 */
export function acceptFetched(of: Partition, batch: Batch): Accepted | 'lost' {
  if (of.nextOffset === null) return 'lost';
  let nextOffset = of.nextOffset;
  of.highWatermark = Number(batch.highWatermark);
  const asked = Number((batch as Batch & { fetchedOffset: string }).fetchedOffset);
  const trusted = of.startsAnywhere || asked <= nextOffset;
  let accepted = 0;
  let applied = 0;
  let missed = false;
  for (const message of batch.messages) {
    const offset = Number(message.offset);
    if (offset < nextOffset) {
      applied += 1;
      continue;
    }
    if (offset > nextOffset && !trusted) {
      missed = true;
      break;
    }
    enqueue(of, message, offset);
    nextOffset = offset + 1;
    accepted += 1;
  }
  // A log that ends before the position is not the log the position was written for.
  if (accepted === 0 && of.highWatermark < nextOffset) missed = true;
  of.nextOffset = nextOffset;
  noteOutcome(of, accepted, missed);
  return { accepted, applied, missed };
}

function noteOutcome(of: Partition, accepted: number, missed: boolean): void {
  if (accepted > 0) {
    of.startsAnywhere = false;
    of.misses = 0;
    of.missingSinceMs = null;
  }
  if (!missed) return;
  of.misses += 1;
  of.missingSinceMs ??= performance.now();
}

/** For a log line and for readiness. */
export function describeMiss(of: Partition): string {
  const why =
    of.highWatermark < (of.nextOffset ?? 0)
      ? `the log ends at ${of.highWatermark}; was it replaced?`
      : 'the log offers later records only; were some deleted?';
  return `${of.topic}[${of.partition}] goes on at ${of.nextOffset}, but ${why}`;
}

function enqueue(of: Partition, message: KafkaMessage, offset: number): void {
  const { key, value, timestamp, headers } = message;
  const record: InboundRecord = {
    topic: of.topic,
    partition: of.partition,
    offset,
    timestampMs: Number(timestamp),
    key: key === null ? null : key.toString(),
    value,
    headers: headers === undefined ? NO_HEADERS : toText(headers),
  };
  of.records.push(record);
  of.bytes += value?.length ?? 0;
}

const NO_HEADERS = Object.freeze({});

/** The last of several values of one name counts. */
function toText(headers: IHeaders): Record<string, string> {
  const text: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) text[name] = last.toString();
  }
  return text;
}

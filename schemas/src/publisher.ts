import { Fault, type Log, type Metrics } from '@wallet/runtime';
import type { KafkaFactory } from './kafka-client.ts';
import { createLane, type Entry, type Lane, type LaneSettings } from './lane.ts';
import { createProducerSession } from './producer-session.ts';
import type { OutboundRecord } from './record.ts';

export type PublisherOptions = {
  /** Least time between two sends of one topic. Fewer, larger requests; adds at most that. */
  readonly gapMs?: number;
  readonly maxBatchRecords?: number;
  readonly maxQueueRecords?: number;
  readonly maxQueueBytes?: number;
  /** After this long a record is given up. */
  readonly deadlineMs?: number;
};

/**
 * Every call rejects with a Fault: `overloaded` (queue full, nothing sent), `too_large` (never fits),
 * `deadline` (time is up; the record **may have been written**), `closed`.
 */
export type Publisher = {
  /** Resolves when all in-sync replicas have the record. */
  publish(record: OutboundRecord): Promise<void>;
  /**
   * Resolves when all in-sync replicas have all of them. Takes all or none into the queue; rejects
   * with the first fault, once every record's outcome is known.
   */
  publishAll(records: readonly OutboundRecord[]): Promise<void>;
  /** Records accepted and not settled. */
  depth(): number;
  /** What keeps records from being acknowledged, for readiness; null when all is well. */
  problem(): string | null;
  /** Sends what is queued, within its deadlines, then closes the connections. */
  close(): Promise<void>;
};

const DEFAULTS: Required<PublisherOptions> = {
  gapMs: 0,
  // kafkajs groups a batch in quadratic time: larger batches cost more than they save.
  maxBatchRecords: 500,
  maxQueueRecords: 10_000,
  maxQueueBytes: 64 * 1024 * 1024,
  deadlineMs: 10_000,
};

// The broker's limit for one batch (message.max.bytes), of which our estimate must stay short.
const MAX_RECORD_BYTES = 1_048_576;
// Batch header, record header and varints, generously.
const RECORD_OVERHEAD_BYTES = 128;
const HEADER_OVERHEAD_BYTES = 10;

export function createPublisher(
  options: PublisherOptions & {
    newKafka: KafkaFactory;
    topicPrefix: string;
    log: Log;
    metrics: Metrics;
  },
): Publisher {
  const { newKafka, topicPrefix, log, metrics } = options;
  const settings: LaneSettings & Required<PublisherOptions> = {
    ...DEFAULTS,
    ...definedOnly(options),
    maxBatchBytes: MAX_RECORD_BYTES,
  };
  const lanes = new Map<string, Lane>();
  let depth = 0;
  let queuedBytes = 0;
  let closed = false;

  function laneOf(topic: string): Lane {
    const existing = lanes.get(topic);
    if (existing !== undefined) return existing;
    const session = createProducerSession({ newKafka, log, metrics });
    const physical = `${topicPrefix}${topic}`;
    const lane = createLane({ topic, physical, settings, session, log, metrics });
    lanes.set(topic, lane);
    return lane;
  }

  function refusal(records: readonly OutboundRecord[], bytes: number): Fault | null {
    if (closed) return new Fault('closed', 'the publisher is closed', { retriable: false });
    if (records.some((record) => sizeOf(record) > MAX_RECORD_BYTES)) {
      return rejected('too_large', `a record is larger than ${MAX_RECORD_BYTES} bytes`, false);
    }
    const full =
      depth + records.length > settings.maxQueueRecords ||
      queuedBytes + bytes > settings.maxQueueBytes;
    if (full) return rejected('overloaded', `${depth} records are waiting to be sent`, true);
    return null;
  }

  function rejected(code: 'too_large' | 'overloaded', message: string, retriable: boolean): Fault {
    metrics.inc('wallet_publisher_rejections_total', { reason: code });
    return new Fault(code, message, { retriable });
  }

  function enqueue(record: OutboundRecord, settle: (fault: Fault | null) => void): void {
    const bytes = sizeOf(record);
    depth += 1;
    queuedBytes += bytes;
    const entry: Entry = {
      record,
      bytes,
      deadlineAtMs: performance.now() + settings.deadlineMs,
      settled: false,
      settle(fault) {
        entry.settled = true;
        depth -= 1;
        queuedBytes -= bytes;
        settle(fault);
      },
    };
    laneOf(record.topic).add(entry);
  }

  function publishAll(records: readonly OutboundRecord[]): Promise<void> {
    const fault = refusal(records, sum(records.map(sizeOf)));
    if (fault !== null) return Promise.reject(fault);
    if (records.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      let open = records.length;
      let first: Fault | null = null;
      const settle = (outcome: Fault | null): void => {
        first ??= outcome;
        open -= 1;
        if (open > 0) return;
        if (first === null) resolve();
        else reject(first);
      };
      for (const record of records) enqueue(record, settle);
    });
  }

  return {
    publish: (record) => publishAll([record]),
    publishAll,
    depth: () => depth,
    problem: () => [...lanes.values()].map((lane) => lane.problem()).find(isText) ?? null,
    async close() {
      closed = true;
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}

/** An upper estimate of what the record takes in a produce request. */
function sizeOf({ key, value, headers }: OutboundRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + value.length;
  for (const name in headers) {
    bytes += HEADER_OVERHEAD_BYTES + name.length + Buffer.byteLength(headers[name] ?? '');
  }
  return bytes;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const isText = (value: string | null): value is string => value !== null;

function definedOnly(options: PublisherOptions): Partial<PublisherOptions> {
  const { gapMs, maxBatchRecords, maxQueueRecords, maxQueueBytes, deadlineMs } = options;
  const given = { gapMs, maxBatchRecords, maxQueueRecords, maxQueueBytes, deadlineMs };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

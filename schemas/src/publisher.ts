import { Fault, type Log, type Metrics } from '@wallet/runtime';
import type { KafkaFactory } from './kafka-client.ts';
import type { Entry } from './delivery.ts';
import { createLane, type Lane, type LaneSettings } from './lane.ts';
import { createProducerSession } from './producer-session.ts';
import type { OutboundRecord } from './record.ts';
import { beginSend } from './send-step.ts';

export type PublisherOptions = {
  /** Least time between two sends of one topic. Fewer, larger requests; adds at most that. */
  readonly gapMs?: number;
  readonly maxBatchRecords?: number;
  readonly maxQueueRecords?: number;
  readonly maxQueueBytes?: number;
  /** After this long a record is given up. */
  readonly deadlineMs?: number;
  /** Which part of the product publishes, for traces: where it is not who made the record. */
  readonly sender?: string;
};

/**
 * Every call rejects with a Fault: `overloaded` (queue full, nothing sent), `too_large` (never
 * fits),
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

const DEFAULTS: Required<Omit<PublisherOptions, 'sender'>> = {
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

type Options = PublisherOptions & {
  readonly newKafka: KafkaFactory;
  readonly topicPrefix: string;
  readonly log: Log;
  readonly metrics: Metrics;
};

type State = {
  readonly options: Options;
  readonly settings: LaneSettings & typeof DEFAULTS;
  readonly lanes: Map<string, Lane>;
  /** Records and bytes accepted and not settled. */
  depth: number;
  bytes: number;
  closed: boolean;
};

export function createPublisher(options: Options): Publisher {
  const settings = { ...DEFAULTS, ...definedOnly(options), maxBatchBytes: MAX_RECORD_BYTES };
  const lanes = new Map<string, Lane>();
  const state: State = { options, settings, lanes, depth: 0, bytes: 0, closed: false };
  return {
    publish: (record) => publish(state, record),
    publishAll: (records) => publishAll(state, records),
    depth: () => state.depth,
    problem: () => [...lanes.values()].map((lane) => lane.problem()).find(isText) ?? null,
    async close() {
      state.closed = true;
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}

function publish(state: State, record: OutboundRecord): Promise<void> {
  const bytes = sizeOf(record);
  const fault = refusal(state, { count: 1, bytes, largest: bytes });
  if (fault !== null) return Promise.reject(fault);
  return new Promise((resolve, reject) => {
    enqueue(state, record, bytes, (outcome) => (outcome === null ? resolve() : reject(outcome)));
  });
}

function publishAll(state: State, records: readonly OutboundRecord[]): Promise<void> {
  const sizes = records.map(sizeOf);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const fault = refusal(state, { count: records.length, bytes, largest: Math.max(0, ...sizes) });
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
    for (const [at, record] of records.entries()) enqueue(state, record, sizes[at] ?? 0, settle);
  });
}

function refusal(
  state: State,
  { count, bytes, largest }: { count: number; bytes: number; largest: number },
): Fault | null {
  const { settings } = state;
  if (state.closed) return new Fault('closed', 'the publisher is closed', { retriable: false });
  if (largest > MAX_RECORD_BYTES) {
    state.options.metrics.inc('wallet_publisher_rejections_total', { reason: 'too_large' });
    const message = `a record is larger than ${MAX_RECORD_BYTES} bytes`;
    return new Fault('too_large', message, { retriable: false });
  }
  const full =
    state.depth + count > settings.maxQueueRecords || state.bytes + bytes > settings.maxQueueBytes;
  if (!full) return null;
  state.options.metrics.inc('wallet_publisher_rejections_total', { reason: 'overloaded' });
  const message = `${state.depth} records are waiting to be sent`;
  return new Fault('overloaded', message, { retriable: true });
}

function enqueue(state: State, record: OutboundRecord, bytes: number, done: Entry['settle']): void {
  state.depth += 1;
  state.bytes += bytes;
  const send = beginSend(record, state.options.sender);
  const entry: Entry = {
    record: send?.record ?? record,
    bytes,
    deadlineAtMs: performance.now() + state.settings.deadlineMs,
    partition: record.partition,
    settled: false,
    settle(fault) {
      entry.settled = true;
      state.depth -= 1;
      state.bytes -= bytes;
      send?.span.end(fault);
      done(fault);
    },
  };
  laneOf(state, record.topic).add(entry);
}

function laneOf({ lanes, options, settings }: State, topic: string): Lane {
  const existing = lanes.get(topic);
  if (existing !== undefined) return existing;
  const { log, metrics } = options;
  const physical = `${options.topicPrefix}${topic}`;
  const session = createProducerSession(options);
  const lane = createLane({ topic, physical, settings, session, log, metrics });
  lanes.set(topic, lane);
  return lane;
}

/** An upper estimate of what the record takes in a produce request. */
function sizeOf({ key, value, headers }: OutboundRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + value.length;
  for (const name in headers) {
    bytes += HEADER_OVERHEAD_BYTES + name.length + Buffer.byteLength(headers[name] ?? '');
  }
  return bytes;
}

const isText = (value: string | null): value is string => value !== null;

function definedOnly(options: PublisherOptions): Partial<PublisherOptions> {
  const { gapMs, maxBatchRecords, maxQueueRecords, maxQueueBytes, deadlineMs } = options;
  const given = { gapMs, maxBatchRecords, maxQueueRecords, maxQueueBytes, deadlineMs };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

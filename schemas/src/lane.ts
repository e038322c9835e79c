import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, Fault, type Log, type Metrics } from '@wallet/runtime';
import type { Message, RecordMetadata } from 'kafkajs';
import type { ProducerSession } from './producer-session.ts';
import type { OutboundRecord } from './record.ts';

/** A record on its way, and whom to tell. */
export type Entry = {
  readonly record: OutboundRecord;
  readonly bytes: number;
  readonly deadlineAtMs: number;
  settled: boolean;
  settle(fault: Fault | null): void;
};

export type LaneSettings = {
  readonly gapMs: number;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
};

/** The records of one topic: one send in flight, so that the order of a key is never at risk. */
export type Lane = {
  add(entry: Entry): void;
  problem(): string | null;
  close(): Promise<void>;
};

const BACKOFF = { baseMs: 50, maxMs: 500 };
// A leader election takes up to six seconds; what takes longer is a problem.
const PROBLEM_AFTER_MS = 8_000;

/** @param options.physical the topic's name with its prefix */
export function createLane(options: {
  topic: string;
  physical: string;
  settings: LaneSettings;
  session: ProducerSession;
  log: Log;
  metrics: Metrics;
}): Lane {
  const { topic, physical, settings, session, log, metrics } = options;
  const queue: Entry[] = [];
  let inFlight: readonly Entry[] = [];
  let running: Promise<void> | null = null;
  let expiry: NodeJS.Timeout | null = null;
  let lastStartMs = 0;
  let failingSinceMs: number | null = null;
  let lastFailure = '';

  function add(entry: Entry): void {
    queue.push(entry);
    armExpiry(entry);
    // Not at once: what else arrives in this turn of the event loop shares the send.
    running ??= new Promise((resolve) => setImmediate(() => resolve(run())));
  }

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const waitMs = lastStartMs + settings.gapMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      inFlight = takeBatch(queue, settings);
      await deliver();
      inFlight = [];
    }
    running = null;
  }

  /** Sends the batch again and again until every record of it is settled. */
  async function deliver(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const open = inFlight.filter(({ settled }) => !settled);
      if (open.length === 0) return;
      const failure = await sendOnce(open);
      if (failure === null) continue;
      failingSinceMs ??= performance.now();
      lastFailure = failure;
      log.warn({ topic, records: open.length, attempt, failure }, 'a send failed; trying again');
      await sleep(backoffMs(attempt, BACKOFF));
    }
  }

  /** Null when every record was acknowledged, else what went wrong. */
  async function sendOnce(open: readonly Entry[]): Promise<string | null> {
    const startMs = (lastStartMs = performance.now());
    const messages = open.map(({ record }) => toMessage(record));
    const answer = await session.send(physical, messages).catch(describeFailure);
    metrics.observe(
      'wallet_publisher_send_duration_seconds',
      {},
      (performance.now() - startMs) / 1_000,
    );
    const failure = typeof answer === 'string' ? answer : settleCovered(open, messages, answer);
    metrics.inc('wallet_publisher_sends_total', { result: failure === null ? 'ok' : 'failed' });
    if (failure === null) failingSinceMs = null;
    else if (failure === TOO_LARGE) settleTooLarge(open);
    return failure;
  }

  /** A record counts as written only when the answer names its partition, without an error. */
  function settleCovered(
    open: readonly Entry[],
    messages: readonly Message[],
    answer: readonly RecordMetadata[],
  ): string | null {
    const covered = coveredPartitions(physical, answer);
    let acknowledged = 0;
    for (const [index, entry] of open.entries()) {
      const partition = messages[index]?.partition;
      if (partition === undefined || !covered.has(partition)) continue;
      acknowledged += 1;
      if (!entry.settled) entry.settle(null);
    }
    metrics.observe('wallet_publisher_batch_records', {}, open.length);
    metrics.inc('wallet_publisher_records_total', { topic }, acknowledged);
    if (acknowledged === open.length) return null;
    session.discard();
    return `the answer leaves out ${open.length - acknowledged} of ${open.length} records`;
  }

  // The topic's own limit is below ours. Alone in its batch the record is the culprit; else the
  // batch is, and its records are tried one by one.
  function settleTooLarge(open: readonly Entry[]): void {
    const [only, ...others] = open;
    if (only === undefined) return;
    if (others.length === 0) {
      metrics.inc('wallet_publisher_rejections_total', { reason: 'too_large' });
      if (!only.settled) {
        only.settle(new Fault('too_large', 'the broker refuses its size', { retriable: false }));
      }
      return;
    }
    inFlight = [only];
    queue.unshift(...others);
  }

  // All records have the same time, so they expire in the order in which they came: one timer.
  function armExpiry(oldest: Entry): void {
    if (expiry !== null) return;
    expiry = setTimeout(
      () => {
        expiry = null;
        expire();
      },
      Math.max(1, oldest.deadlineAtMs - performance.now()),
    );
  }

  function expire(): void {
    const nowMs = performance.now();
    for (const entry of [...inFlight, ...queue]) {
      if (entry.settled) continue;
      if (entry.deadlineAtMs > nowMs) {
        armExpiry(entry);
        break;
      }
      metrics.inc('wallet_publisher_rejections_total', { reason: 'deadline' });
      const why = lastFailure === '' ? 'no acknowledgement in time' : lastFailure;
      entry.settle(
        new Fault('deadline', `${topic}: ${why}; the record may be written`, { retriable: true }),
      );
    }
    while (queue[0]?.settled === true) queue.shift();
  }

  return {
    add,
    problem() {
      if (failingSinceMs === null) return null;
      const failingMs = performance.now() - failingSinceMs;
      return failingMs < PROBLEM_AFTER_MS ? null : `publishing ${topic} fails: ${lastFailure}`;
    },
    async close() {
      await running;
      if (expiry !== null) clearTimeout(expiry);
      await session.close();
    },
  };
}

const TOO_LARGE = 'MESSAGE_TOO_LARGE';

function takeBatch(queue: Entry[], settings: LaneSettings): Entry[] {
  let count = 0;
  let bytes = 0;
  while (count < queue.length && count < settings.maxBatchRecords) {
    bytes += queue[count]?.bytes ?? 0;
    if (count > 0 && bytes > settings.maxBatchBytes) break;
    count += 1;
  }
  return queue.splice(0, count);
}

function toMessage({ key, value, headers, partition }: OutboundRecord): Message {
  return {
    key,
    value,
    ...(headers === undefined ? {} : { headers }),
    ...(partition === undefined ? {} : { partition }),
  };
}

function coveredPartitions(physical: string, answer: readonly RecordMetadata[]): Set<number> {
  return new Set(
    answer
      .filter(({ topicName, errorCode }) => topicName === physical && errorCode === 0)
      .map(({ partition }) => partition),
  );
}

/** kafkajs puts the broker's word in `type` of the error or of what it wraps. */
function describeFailure(error: unknown): string {
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    if ('type' in at && typeof at.type === 'string') return at.type;
  }
  return error instanceof Error ? error.message : String(error);
}

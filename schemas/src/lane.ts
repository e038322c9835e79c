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

type LaneOptions = {
  readonly topic: string;
  /** The topic's name with its prefix. */
  readonly physical: string;
  readonly settings: LaneSettings;
  readonly session: ProducerSession;
  readonly log: Log;
  readonly metrics: Metrics;
};

type State = LaneOptions & {
  readonly queue: Entry[];
  inFlight: readonly Entry[];
  running: Promise<void> | null;
  expiry: NodeJS.Timeout | null;
  lastStartMs: number;
  failingSinceMs: number | null;
  lastFailure: string;
};

const BACKOFF = { baseMs: 50, maxMs: 500 };
// A leader election takes up to six seconds; what takes longer is a problem.
const PROBLEM_AFTER_MS = 8_000;
const TOO_LARGE = 'MESSAGE_TOO_LARGE';

export function createLane(options: LaneOptions): Lane {
  const state: State = {
    ...options,
    queue: [],
    inFlight: [],
    running: null,
    expiry: null,
    lastStartMs: 0,
    failingSinceMs: null,
    lastFailure: '',
  };
  return {
    add(entry) {
      state.queue.push(entry);
      armExpiry(state, entry);
      // Not at once: what else arrives in this turn of the event loop shares the send.
      state.running ??= new Promise((resolve) => setImmediate(() => resolve(run(state))));
    },
    problem() {
      if (state.failingSinceMs === null) return null;
      const failingMs = performance.now() - state.failingSinceMs;
      if (failingMs < PROBLEM_AFTER_MS) return null;
      return `publishing ${state.topic} fails: ${state.lastFailure}`;
    },
    async close() {
      await state.running;
      if (state.expiry !== null) clearTimeout(state.expiry);
      await state.session.close();
    },
  };
}

async function run(state: State): Promise<void> {
  while (state.queue.length > 0) {
    const waitMs = state.lastStartMs + state.settings.gapMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    state.inFlight = takeBatch(state.queue, state.settings);
    await deliver(state);
    state.inFlight = [];
  }
  state.running = null;
}

/** Sends the batch again and again until every record of it is settled. */
async function deliver(state: State): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const open = state.inFlight.filter(({ settled }) => !settled);
    if (open.length === 0) return;
    const failure = await sendOnce(state, open);
    if (failure === null) {
      state.failingSinceMs = null;
      continue;
    }
    state.failingSinceMs ??= performance.now();
    state.lastFailure = failure;
    const fields = { topic: state.topic, records: open.length, attempt, failure };
    state.log.warn(fields, 'a send failed; trying again');
    await sleep(backoffMs(attempt, BACKOFF));
  }
}

/** Null when every record was acknowledged, else what went wrong. */
async function sendOnce(state: State, open: readonly Entry[]): Promise<string | null> {
  const { session, physical, metrics } = state;
  state.lastStartMs = performance.now();
  const messages = open.map(({ record }) => toMessage(record));
  const answer = await session.send(physical, messages).catch(describeFailure);
  const tookSeconds = (performance.now() - state.lastStartMs) / 1_000;
  metrics.observe('wallet_publisher_send_duration_seconds', {}, tookSeconds);
  metrics.observe('wallet_publisher_batch_records', {}, open.length);
  const failure = typeof answer === 'string' ? answer : settle(state, open, messages, answer);
  metrics.inc('wallet_publisher_sends_total', { result: failure === null ? 'ok' : 'failed' });
  if (failure === TOO_LARGE) setTooLargeAside(state, open);
  return failure;
}

/** A record counts as written only when the answer names its partition, without an error. */
function settle(
  state: State,
  open: readonly Entry[],
  messages: readonly Message[],
  answer: readonly RecordMetadata[],
): string | null {
  const covered = new Set(
    answer
      .filter(({ topicName, errorCode }) => topicName === state.physical && errorCode === 0)
      .map(({ partition }) => partition),
  );
  const written = open.filter((_, at) => covered.has(messages[at]?.partition ?? -1));
  for (const entry of written) if (!entry.settled) entry.settle(null);
  state.metrics.inc('wallet_publisher_records_total', { topic: state.topic }, written.length);
  if (written.length === open.length) return null;
  state.session.discard();
  return `the answer leaves out ${open.length - written.length} of ${open.length} records`;
}

// The topic's own limit is below ours. A record that is alone in its batch is the culprit; else the
// batch was too large, and its first record is tried alone.
function setTooLargeAside(state: State, open: readonly Entry[]): void {
  const [first, ...others] = open;
  if (first === undefined) return;
  if (others.length > 0) {
    state.inFlight = [first];
    state.queue.unshift(...others);
    return;
  }
  if (first.settled) return;
  state.metrics.inc('wallet_publisher_rejections_total', { reason: 'too_large' });
  first.settle(new Fault('too_large', 'the broker refuses its size', { retriable: false }));
}

// All records have the same time, so they expire in the order in which they came: one timer.
function armExpiry(state: State, oldest: Entry): void {
  state.expiry ??= setTimeout(
    () => {
      state.expiry = null;
      expire(state);
    },
    Math.max(1, oldest.deadlineAtMs - performance.now()),
  );
}

function expire(state: State): void {
  const nowMs = performance.now();
  for (const entry of [...state.inFlight, ...state.queue]) {
    if (entry.settled) continue;
    if (entry.deadlineAtMs > nowMs) {
      armExpiry(state, entry);
      break;
    }
    state.metrics.inc('wallet_publisher_rejections_total', { reason: 'deadline' });
    const why = state.failingSinceMs === null ? 'no acknowledgement in time' : state.lastFailure;
    const message = `${state.topic}: ${why}; the record may have been written`;
    entry.settle(new Fault('deadline', message, { retriable: true }));
  }
  while (state.queue[0]?.settled === true) state.queue.shift();
}

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
  const message: Message = { key, value };
  if (headers !== undefined) message.headers = { ...headers };
  if (partition !== undefined) message.partition = partition;
  return message;
}

/** The broker's word for it: kafkajs puts it in `type` of the error or of what the error wraps. */
function describeFailure(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if ('type' in at && typeof at.type === 'string') return at.type;
    at = at.cause;
  }
  return error instanceof Error ? error.message : String(error);
}

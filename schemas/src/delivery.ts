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
  /** Chosen at the first attempt and kept: a repeat must not go elsewhere. */
  partition: number | undefined;
  settled: boolean;
  settle(fault: Fault | null): void;
};

export type DeliveryOptions = {
  readonly topic: string;
  /** The topic's name with its prefix. */
  readonly physical: string;
  readonly session: ProducerSession;
  readonly log: Log;
  readonly metrics: Metrics;
};

/** Brings batches to the brokers, one after the other. */
export type Delivery = {
  /** Resolves when every record of the batch is settled: acknowledged, refused, or out of time. */
  deliver(batch: readonly Entry[]): Promise<void>;
  /** Why the present batch fails, and since when; null when it does not. */
  failing(): { readonly sinceMs: number; readonly why: string } | null;
};

type State = DeliveryOptions & { failing: { sinceMs: number; why: string } | null };

const BACKOFF = { baseMs: 50, maxMs: 500 };
const TOO_LARGE = 'MESSAGE_TOO_LARGE';

export function createDelivery(options: DeliveryOptions): Delivery {
  const state: State = { ...options, failing: null };
  return {
    async deliver(batch) {
      await deliver(state, batch);
      state.failing = null;
    },
    failing: () => state.failing,
  };
}

/**
 * First all partitions in one request, because requests are what costs. When that fails nobody
 * knows
 * which partitions were written, so each goes on alone: one without a leader is then tried for
 * seconds without writing its neighbours again and again.
 */
async function deliver(state: State, batch: readonly Entry[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const open = batch.filter(isOpen);
    if (open.length === 0) return;
    const failure = await sendOnce(state, open);
    if (failure === null) return;
    note(state, failure, open, attempt);
    if (open.every(({ partition }) => partition !== undefined)) break;
    await sleep(backoffMs(attempt, BACKOFF)); // not even the topic's partitions are known yet
  }
  const byPartition = Map.groupBy(batch.filter(isOpen), ({ partition }) => partition);
  await Promise.all([...byPartition.values()].map((entries) => deliverInOrder(state, entries)));
}

/** Entries of one partition, again and again, until each is settled. */
async function deliverInOrder(state: State, entries: readonly Entry[]): Promise<void> {
  let oneByOne = false;
  for (let attempt = 1; ;) {
    const open = entries.filter(isOpen);
    const [first] = open;
    if (first === undefined) return;
    const sent = oneByOne ? [first] : open;
    const failure = await sendOnce(state, sent);
    if (failure === null) continue;
    attempt += 1;
    note(state, failure, sent, attempt);
    if (failure === TOO_LARGE && sent.length === 1) refuseTooLarge(state, first);
    if (failure === TOO_LARGE) oneByOne = true;
    else await sleep(backoffMs(attempt, BACKOFF));
  }
}

/** Null when every record was acknowledged, else what went wrong. */
async function sendOnce(state: State, open: readonly Entry[]): Promise<string | null> {
  const { session, physical, metrics } = state;
  const startMs = performance.now();
  const messages = open.map(toMessage);
  const answer = await session.send(physical, messages).catch(describeFailure);
  for (const [at, entry] of open.entries()) entry.partition = messages[at]?.partition;
  const tookSeconds = (performance.now() - startMs) / 1_000;
  metrics.observe('wallet_publisher_send_duration_seconds', {}, tookSeconds);
  metrics.observe('wallet_publisher_batch_records', {}, open.length);
  const failure = typeof answer === 'string' ? answer : settleWritten(state, open, answer);
  metrics.inc('wallet_publisher_sends_total', { result: failure === null ? 'ok' : 'failed' });
  return failure;
}

/** A record counts as written only when the answer names its partition, without an error. */
function settleWritten(
  { topic, physical, session, metrics }: State,
  open: readonly Entry[],
  answer: readonly RecordMetadata[],
): string | null {
  const covered = new Set(
    answer
      .filter(({ topicName, errorCode }) => topicName === physical && errorCode === 0)
      .map(({ partition }) => partition),
  );
  const written = open.filter(({ partition = -1 }) => covered.has(partition));
  for (const entry of written) if (!entry.settled) entry.settle(null);
  metrics.inc('wallet_publisher_records_total', { topic }, written.length);
  if (written.length === open.length) return null;
  session.discard();
  return `the answer leaves out ${open.length - written.length} of ${open.length} records`;
}

// The topic's own limit is below ours.
function refuseTooLarge({ metrics }: State, entry: Entry): void {
  if (entry.settled) return;
  metrics.inc('wallet_publisher_rejections_total', { reason: 'too_large' });
  entry.settle(new Fault('too_large', 'the broker refuses its size', { retriable: false }));
}

function note(state: State, why: string, sent: readonly Entry[], attempt: number): void {
  state.failing = { sinceMs: state.failing?.sinceMs ?? performance.now(), why };
  const fields = { topic: state.topic, records: sent.length, attempt, failure: why };
  state.log.warn(fields, 'a send failed; trying again');
}

const isOpen = ({ settled }: Entry): boolean => !settled;

function toMessage({ record: { key, value, headers, partition }, ...entry }: Entry): Message {
  const message: Message = { key, value };
  if (headers !== undefined) message.headers = { ...headers };
  const fixed = entry.partition ?? partition;
  if (fixed !== undefined) message.partition = fixed;
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

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type Log } from '@wallet/runtime';
import type { Batch, Consumer, EachBatchPayload } from 'kafkajs';
import type { KafkaFactory } from './kafka-client.ts';

/** Physical names throughout: this is the side of the subscription that faces the broker. */
export type TopicPartition = { readonly topic: string; readonly partition: number };

export type MemberEvents = {
  /** Partitions were assigned. Called before anything is fetched from them. */
  joined(assigned: readonly TopicPartition[]): void;
  /** All partitions are gone, or about to be. */
  lost(): void;
  /** Must only look and enqueue. */
  fetched(batch: Batch): void;
};

/** One member of a consumer group, which comes back by itself after any failure. */
export type GroupMember = {
  start(): void;
  pause(of: TopicPartition): void;
  resume(of: TopicPartition): void;
  seek(of: TopicPartition, offset: number): void;
  commit(offsets: readonly (TopicPartition & { readonly nextOffset: number })[]): Promise<void>;
  /** Starts a new consumer when the present one has stopped fetching without a word. */
  reviveIfSilent(): void;
  /** Why no records can arrive, or null. */
  problem(): string | null;
  /** Leaves the group. */
  close(): Promise<void>;
};

export type MemberSettings = {
  readonly group: string;
  readonly topics: readonly string[];
  readonly minBytes: number;
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  readonly fetchGapMs: number;
  readonly sessionTimeoutMs: number;
  readonly stallMs: number;
};

const HEARTBEAT_MS = 1_000;
// How long the living wait for each other when the group changes; they notice within a heartbeat.
const REBALANCE_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 10_000;
const RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 1_000 };
const RESTART_BACKOFF = { baseMs: 200, maxMs: 3_000 };
const MAX_FETCH_BYTES = 8 * 1024 * 1024;
// All partitions of one fetch are handled at once, so that the gap is waited for once, not in turn.
const HANDLERS = 32;

export function createGroupMember(options: {
  newKafka: KafkaFactory;
  settings: MemberSettings;
  events: MemberEvents;
  log: Log;
}): GroupMember {
  const { newKafka, settings, events, log } = options;
  const { group } = settings;
  let consumer: Consumer | null = null;
  let closed = false;
  let failures = 0;
  let crash: string | null = null;
  let lastSignMs = performance.now();
  let restarting: Promise<void> = Promise.resolve();

  const alive = () => (lastSignMs = performance.now());

  async function handle({ batch }: EachBatchPayload): Promise<void> {
    events.fetched(batch);
    if (settings.fetchGapMs > 0) await sleep(settings.fetchGapMs);
  }

  async function startConsumer(): Promise<void> {
    const kafka = newKafka({ requestTimeoutMs: REQUEST_TIMEOUT_MS, retry: RETRY });
    const mine = kafka.consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      minBytes: settings.minBytes,
      maxWaitTimeInMs: settings.maxWaitMs,
      maxBytesPerPartition: settings.maxBytesPerPartition,
      maxBytes: MAX_FETCH_BYTES,
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      // After a crash kafkajs decides by the kind of error whether it ever comes back. We always do.
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
    consumer = mine;
    listen(mine);
    await mine.connect();
    // Without fromBeginning a lost offset would jump to the end of the log.
    await mine.subscribe({ topics: [...settings.topics], fromBeginning: true });
    if (consumer !== mine) return release(mine); // given up meanwhile
    await mine.run({
      autoCommit: false,
      partitionsConsumedConcurrently: HANDLERS,
      eachBatch: handle,
    });
  }

  function listen(mine: Consumer): void {
    mine.on(mine.events.GROUP_JOIN, ({ payload }) => {
      if (consumer !== mine) return;
      failures = 0;
      crash = null;
      alive();
      events.joined(
        Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      );
    });
    mine.on(mine.events.REBALANCING, () => {
      if (consumer === mine) events.lost();
    });
    mine.on(mine.events.FETCH, alive);
    mine.on(mine.events.CRASH, ({ payload }) => {
      if (consumer === mine) restart(payload.error);
    });
  }

  function restart(error: unknown): void {
    const old = consumer;
    consumer = null;
    failures += 1;
    crash = error instanceof Error ? error.message : String(error);
    log.warn({ group, err: error, failures }, 'the consumer crashed; starting a new one');
    events.lost();
    if (old !== null) release(old);
    restarting = sleep(backoffMs(failures, RESTART_BACKOFF)).then(startAgain);
  }

  function startAgain(): Promise<void> | undefined {
    if (closed || consumer !== null) return undefined;
    alive();
    return startConsumer().catch(restart);
  }

  function release(old: Consumer): void {
    old.disconnect().catch((err: unknown) => {
      log.debug({ group, err }, 'a crashed consumer did not close cleanly');
    });
  }

  // While a consumer is crashing kafkajs throws at these calls; the next one is told everything anew.
  function tell(act: (to: Consumer) => void): void {
    try {
      if (consumer !== null) act(consumer);
    } catch (err) {
      log.debug({ group, err }, 'a consumer that is ending did not listen');
    }
  }

  const silentForMs = () => performance.now() - lastSignMs;

  return {
    start: () => void (restarting = startAgain() ?? Promise.resolve()),
    pause: ({ topic, partition }) => tell((to) => to.pause([{ topic, partitions: [partition] }])),
    resume: ({ topic, partition }) => tell((to) => to.resume([{ topic, partitions: [partition] }])),
    seek: ({ topic, partition }, offset) =>
      tell((to) => to.seek({ topic, partition, offset: String(offset) })),
    async commit(offsets) {
      await consumer?.commitOffsets(
        offsets.map(({ topic, partition, nextOffset }) => ({
          topic,
          partition,
          offset: String(nextOffset),
        })),
      );
    },
    reviveIfSilent() {
      if (consumer === null || silentForMs() < settings.stallMs) return;
      restart(new Error(`nothing was fetched for ${Math.round(silentForMs() / 1_000)} s`));
    },
    problem: () => (crash === null ? null : `the consumer of ${group} fails: ${crash}`),
    async close() {
      closed = true;
      await restarting;
      const last = consumer;
      consumer = null;
      await last?.disconnect();
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type Log } from '@wallet/runtime';
import type { Batch, Consumer } from 'kafkajs';
import type { KafkaFactory } from './kafka-client.ts';

/** Physical names throughout: this is the side of the subscription that faces the broker. */
export type TopicPartition = { readonly topic: string; readonly partition: number };

export type MemberEvents = {
  /** Partitions were assigned. Called before anything is fetched from them. */
  joined(assigned: readonly TopicPartition[]): void;
  /** All partitions are gone, or about to be. */
  lost(): void;
  /** Must only look and enqueue: while it runs nothing else is fetched and no heartbeat is sent. */
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
  readonly pace?: (() => Promise<unknown>) | undefined;
  readonly sessionTimeoutMs: number;
  readonly stallMs: number;
};

type MemberOptions = {
  readonly newKafka: KafkaFactory;
  readonly settings: MemberSettings;
  readonly events: MemberEvents;
  readonly log: Log;
};

type State = MemberOptions & {
  consumer: Consumer | null;
  closed: boolean;
  /** Crashes since the last successful join. */
  failures: number;
  crash: string | null;
  lastFetchMs: number;
  starting: Promise<void>;
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

export function createGroupMember(options: MemberOptions): GroupMember {
  const state: State = {
    ...options,
    consumer: null,
    closed: false,
    failures: 0,
    crash: null,
    lastFetchMs: performance.now(),
    starting: Promise.resolve(),
  };
  const one = ({ topic, partition }: TopicPartition) => [{ topic, partitions: [partition] }];
  return {
    start: () => void (state.starting = start(state)),
    pause: (of) => tell(state, (consumer) => consumer.pause(one(of))),
    resume: (of) => tell(state, (consumer) => consumer.resume(one(of))),
    seek: (of, offset) =>
      tell(state, (consumer) => consumer.seek({ ...of, offset: String(offset) })),
    async commit(offsets) {
      await state.consumer?.commitOffsets(
        offsets.map(({ nextOffset, ...of }) => ({ ...of, offset: String(nextOffset) })),
      );
    },
    reviveIfSilent() {
      const silentMs = performance.now() - state.lastFetchMs;
      if (state.consumer === null || silentMs < state.settings.stallMs) return;
      replace(state, new Error(`nothing was fetched for ${Math.round(silentMs / 1_000)} s`));
    },
    problem: () =>
      state.crash === null ? null : `the consumer of ${state.settings.group} fails: ${state.crash}`,
    async close() {
      state.closed = true;
      await state.starting;
      const last = state.consumer;
      state.consumer = null;
      await last?.disconnect();
    },
  };
}

async function start(state: State): Promise<void> {
  if (state.closed || state.consumer !== null) return;
  state.lastFetchMs = performance.now();
  const consumer = newConsumer(state);
  state.consumer = consumer;
  listen(state, consumer);
  try {
    await consumer.connect();
    // Without fromBeginning a lost offset would jump to the end of the log.
    await consumer.subscribe({ topics: [...state.settings.topics], fromBeginning: true });
    if (state.consumer !== consumer) return; // given up meanwhile
    await consumer.run({
      // It commits what was fetched, not what was done.
      autoCommit: false,
      partitionsConsumedConcurrently: HANDLERS,
      eachBatch: async ({ batch }) => {
        state.events.fetched(batch);
        await state.settings.pace?.();
      },
    });
  } catch (error) {
    if (state.consumer === consumer) replace(state, error);
  }
}

function newConsumer({ newKafka, settings }: State): Consumer {
  return newKafka({ requestTimeoutMs: REQUEST_TIMEOUT_MS, retry: RETRY }).consumer({
    groupId: settings.group,
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
}

// kafkajs has no rebalance listener; its instrumentation events come at the right moments.
function listen(state: State, consumer: Consumer): void {
  const { events } = consumer;
  const whenMine = (act: () => void) => {
    if (state.consumer === consumer) act();
  };
  consumer.on(events.GROUP_JOIN, ({ payload: { memberAssignment } }) =>
    whenMine(() => {
      state.failures = 0;
      state.crash = null;
      state.lastFetchMs = performance.now();
      state.events.joined(
        Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      );
    }),
  );
  consumer.on(events.REBALANCING, () => whenMine(() => state.events.lost()));
  consumer.on(events.FETCH, () => whenMine(() => (state.lastFetchMs = performance.now())));
  consumer.on(events.CRASH, ({ payload: { error } }) => whenMine(() => replace(state, error)));
}

/** Throws the consumer away and starts another one after a pause. */
function replace(state: State, error: unknown): void {
  const { log, settings } = state;
  const old = state.consumer;
  state.consumer = null;
  state.failures += 1;
  state.crash = error instanceof Error ? error.message : String(error);
  const fields = { group: settings.group, err: error, failures: state.failures };
  log.warn(fields, 'the consumer failed; starting a new one');
  state.events.lost();
  old?.disconnect().catch((err: unknown) => {
    log.debug({ err }, 'a failed consumer did not close cleanly');
  });
  state.starting = sleep(backoffMs(state.failures, RESTART_BACKOFF)).then(() => start(state));
}

// While a consumer is crashing kafkajs throws at these calls; the next one is told everything anew.
function tell(state: State, act: (consumer: Consumer) => void): void {
  try {
    if (state.consumer !== null) act(state.consumer);
  } catch (err) {
    state.log.debug({ err }, 'a consumer that is ending did not listen');
  }
}

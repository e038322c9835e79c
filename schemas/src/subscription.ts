import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log, Metrics } from '@wallet/runtime';
import { describeMiss } from './accept-fetched.ts';
import type { WireAdmin } from './admin.ts';
import { createGroupMember } from './group-member.ts';
import type { KafkaFactory } from './kafka-client.ts';
import { createOffsetHints, type OffsetHints } from './offset-hints.ts';
import { createPartitionQueues } from './partition-queues.ts';
import {
  begin,
  fetched,
  joined,
  physical,
  resumeLow,
  settlePositions,
  type Reading,
} from './reading.ts';
import type { InboundRecord, Position, Positions } from './record.ts';
import { createStartPositions } from './start-positions.ts';

export type Batch = { readonly records: readonly InboundRecord[] };

type Wanted = (of: { readonly topic: string; readonly partition: number }) => boolean;

export type SubscriptionOptions = {
  /** Consumer group, without the topic prefix. */
  readonly group: string;
  /** For a group of this process alone: its name ends in this. */
  readonly instance?: string;
  /** Logical names. */
  readonly topics: readonly string[];
  /** The database's positions; without them the group's offsets in Kafka are used. */
  readonly positions?: Positions;
  /**
   * Where a partition begins that nobody has read. `latest` needs a group of this process alone.
   */
  readonly startAt?: 'earliest' | 'latest';
  readonly minBytes?: number;
  /** Longest wait of one fetch; also how long pausing, resuming and leaving may take. */
  readonly maxWaitMs?: number;
  /** Awaited after each fetch that brought records: fewer and larger fetches. */
  readonly pace?: () => Promise<unknown>;
  /** Records of one partition at which its fetching stops, and at which it goes on. */
  readonly highWater?: number;
  readonly lowWater?: number;
  readonly sessionTimeoutMs?: number;
  /** Without progress for this long the subscription reports a problem. */
  readonly stallMs?: number;
};

/**
 * Records of several topics for **one** loop of `take`, work, `commit`. Each position is handed out
 * once; after a rebalance or a reset it begins again where the positions say.
 */
export type Subscription = {
  start(): void;
  /**
   * Waits for at least one record; null once stopped. A call says that the batch before it is done
   * with: positions are read again only between batches.
   * @param wanted only records of these partitions; the others wait, and are not fetched for ever
   */
  take(max: number, wanted?: Wanted): Promise<Batch | null>;
  /** A hint for Kafka, sent about once a second; ignored for partitions that are not ours. */
  commit(positions: readonly Position[]): void;
  /** Drops what is queued and goes back to the positions, as after an aborted transaction. */
  reset(): Promise<void>;
  /** Up to `max` records that are fetched and may come next, for whoever has time before. */
  upcoming(max: number): readonly InboundRecord[];
  /** Why no progress is possible, for readiness; null when all is well. */
  problem(): string | null;
  /** Ends fetching and `take`; `commit` still works for the batch at hand. */
  stop(): Promise<void>;
  /** Sends the last hints and leaves the group. */
  close(): Promise<void>;
};

const DEFAULTS = {
  startAt: 'earliest',
  minBytes: 1,
  maxWaitMs: 100,
  highWater: 2_000,
  lowWater: 1_000,
  // The least the broker allows: the partitions of a killed process wait that long for a new owner.
  sessionTimeoutMs: 6_000,
  stallMs: 20_000,
} as const;

const HIGH_WATER_BYTES = 16 * 1024 * 1024;
// Small enough that one fetch is decoded in a few milliseconds.
const MAX_BYTES_PER_PARTITION = 256 * 1024;
const TICK_MS = 1_000;

type Options = SubscriptionOptions & {
  readonly newKafka: KafkaFactory;
  readonly admin: Pick<WireAdmin, 'offsets' | 'committed'>;
  readonly topicPrefix: string;
  readonly log: Log;
  readonly metrics: Metrics;
};

type State = Reading & {
  readonly hints: OffsetHints;
  readonly stallMs: number;
  /** Without committed positions, what was handed out is what is known. */
  readonly remembersTaken: boolean;
  lastTakeMs: number;
  ticking: NodeJS.Timeout | null;
};

export function createSubscription(given: Options): Subscription {
  const state = createState({ ...DEFAULTS, ...given });
  const { group, queues, member, hints, metrics } = state;
  metrics.beforeExpose(() =>
    metrics.set('wallet_subscription_queue_records', { group }, queues.depth()),
  );
  return {
    start() {
      state.ticking = setInterval(() => tick(state), TICK_MS);
      member.start();
    },
    take: (max, wanted) => take(state, max, wanted),
    commit(positions) {
      for (const position of positions) {
        if (queues.get(position.topic, position.partition) === undefined) continue;
        state.starts.remember(position);
        hints.add(position);
      }
    },
    async reset() {
      metrics.inc('wallet_subscription_resets_total', { group });
      state.batchOut = false;
      begin(
        state,
        queues.all().map(({ topic, partition }) => ({ topic, partition })),
      );
      await settlePositions(state);
    },
    upcoming: (max) => queues.upcoming(max),
    problem: () => problem(state),
    async stop() {
      stop(state);
    },
    async close() {
      stop(state);
      if (state.ticking !== null) clearInterval(state.ticking);
      await flush(state);
      await member.close();
    },
  };
}

function createState(
  options: Options & Required<Omit<SubscriptionOptions, 'instance' | 'positions' | 'pace'>>,
): State {
  const { group, topicPrefix, log, metrics, stallMs, topics, admin, positions, startAt } = options;
  // Metrics know the group alone: names of instances would never end.
  const ownGroup = options.instance ? `${group}-${options.instance}` : group;
  const member = createGroupMember({
    newKafka: options.newKafka,
    settings: {
      ...options,
      group: `${topicPrefix}${ownGroup}`,
      topics: topics.map((topic) => `${topicPrefix}${topic}`),
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    },
    events: {
      joined: (assigned) => joined(state, assigned),
      lost: () => begin(state, []),
      fetched: (batch) => fetched(state, batch),
    },
    log,
  });
  const state: State = {
    ...{ group, topicPrefix, log, metrics, stallMs, member },
    queues: createPartitionQueues({ ...options, highWaterBytes: HIGH_WATER_BYTES }),
    starts: createStartPositions({ admin, group: ownGroup, positions, startAt }),
    hints: createOffsetHints((hinted) =>
      member.commit(hinted.map((at) => ({ ...at, ...physical(state, at) }))),
    ),
    remembersTaken: positions === undefined && startAt === 'latest',
    epoch: 0,
    batchOut: false,
    positionsWanted: false,
    positionsFailure: null,
    stopped: false,
    wake: null,
    lastTakeMs: performance.now(),
    ticking: null,
  };
  return state;
}

async function take(state: State, max: number, wanted?: Wanted): Promise<Batch | null> {
  state.batchOut = false;
  state.lastTakeMs = performance.now();
  if (state.positionsWanted) void settlePositions(state);
  for (;;) {
    if (state.stopped) return null;
    const records = state.queues.take(max, wanted);
    if (records.length > 0) {
      handOut(state, records);
      return { records };
    }
    await new Promise<void>((resolve) => (state.wake = resolve));
    // The other partitions of the same fetch come in this turn of the event loop.
    await nextTurn();
  }
}

function handOut(state: State, records: readonly InboundRecord[]): void {
  state.batchOut = true;
  state.lastTakeMs = performance.now();
  resumeLow(state);
  if (!state.remembersTaken) return;
  for (const { topic, partition, offset } of records) {
    state.starts.remember({ topic, partition, nextOffset: offset + 1 });
  }
}

function problem({ group, queues, member, ...state }: State): string | null {
  const nowMs = performance.now();
  const missing = queues
    .all()
    .find(
      ({ missingSinceMs }) => missingSinceMs !== null && nowMs - missingSinceMs > state.stallMs,
    );
  if (missing !== undefined) return describeMiss(missing);
  const idleMs = nowMs - state.lastTakeMs;
  if ((state.batchOut || queues.depth() > 0) && idleMs > state.stallMs) {
    return `${group} has not finished a batch for ${Math.round(idleMs / 1_000)} s`;
  }
  return state.positionsFailure ?? member.problem();
}

function tick(state: State): void {
  void flush(state);
  state.member.reviveIfSilent();
}

/** Offsets in Kafka are a hint: when they cannot be told, the next ones will be. */
async function flush({ group, queues, hints, log }: State): Promise<void> {
  hints.drop(({ topic, partition }) => queues.get(topic, partition) === undefined);
  await hints.flush().catch((err: unknown) => log.info({ group, err }, 'offsets were not told'));
}

function stop(state: State): void {
  state.stopped = true;
  for (const of of state.queues.all()) state.member.pause(physical(state, of));
  state.wake?.();
}

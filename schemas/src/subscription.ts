import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type Log, type Metrics } from '@wallet/runtime';
import type { Batch as FetchedBatch } from 'kafkajs';
import { acceptFetched, describeMiss } from './accept-fetched.ts';
import type { WireAdmin } from './admin.ts';
import { createGroupMember } from './group-member.ts';
import type { KafkaFactory } from './kafka-client.ts';
import { createOffsetHints } from './offset-hints.ts';
import { createPartitionQueues, type Partition } from './partition-queues.ts';
import type { InboundRecord, Position, Positions } from './record.ts';
import { createStartPositions } from './start-positions.ts';

export type Batch = { readonly records: readonly InboundRecord[] };

export type SubscriptionOptions = {
  /** Consumer group, without the topic prefix. */
  readonly group: string;
  /** Logical names. */
  readonly topics: readonly string[];
  /** The database's positions; without them the group's offsets in Kafka are used. */
  readonly positions?: Positions;
  /** Where a partition begins that nobody has read. `latest` needs a group of this process alone. */
  readonly startAt?: 'earliest' | 'latest';
  readonly minBytes?: number;
  /** Longest wait of one fetch; also how long pausing, resuming and leaving may take. */
  readonly maxWaitMs?: number;
  /** Wait after each fetch that brought records: fewer and larger fetches. */
  readonly fetchGapMs?: number;
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
   */
  take(max: number): Promise<Batch | null>;
  /** A hint for Kafka, sent about once a second; ignored for partitions that are not ours. */
  commit(positions: readonly Position[]): void;
  /** Drops what is queued and goes back to the positions, as after an aborted transaction. */
  reset(): Promise<void>;
  /** Records fetched and not taken. */
  depth(): number;
  /** Why no progress is possible, for readiness; null when all is well. */
  problem(): string | null;
  healthy(): boolean;
  /** Ends fetching and `take`; `commit` still works for the batch at hand. */
  stop(): Promise<void>;
  /** Sends the last hints and leaves the group. */
  close(): Promise<void>;
};

const DEFAULTS = {
  startAt: 'earliest',
  minBytes: 1,
  maxWaitMs: 100,
  fetchGapMs: 0,
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
const BACKOFF = { baseMs: 50, maxMs: 2_000 };

export function createSubscription(
  given: SubscriptionOptions & {
    newKafka: KafkaFactory;
    admin: Pick<WireAdmin, 'offsets' | 'committed'>;
    topicPrefix: string;
    log: Log;
    metrics: Metrics;
  },
): Subscription {
  const options = { ...DEFAULTS, ...given };
  const { group, topicPrefix, log, metrics, stallMs } = options;
  const queues = createPartitionQueues({ ...options, highWaterBytes: HIGH_WATER_BYTES });
  const starts = createStartPositions({ ...options, positions: given.positions });
  const physical = ({ topic, partition }: { topic: string; partition: number }) => ({
    topic: `${topicPrefix}${topic}`,
    partition,
  });
  const logical = (topic: string) => topic.slice(topicPrefix.length);
  const member = createGroupMember({
    newKafka: options.newKafka,
    settings: {
      ...options,
      group: `${topicPrefix}${group}`,
      topics: options.topics.map((topic) => `${topicPrefix}${topic}`),
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    },
    events: { joined, lost, fetched },
    log,
  });
  const hints = createOffsetHints((positions) =>
    member.commit(positions.map((at) => ({ ...physical(at), nextOffset: at.nextOffset }))),
  );

  /** Rises with each assignment, loss and reset; what was begun in an older epoch is void. */
  let epoch = 0;
  let batchOut = false;
  let positionsWanted = false;
  let positionsFailure: string | null = null;
  let lastTakeMs = performance.now();
  let stopped = false;
  let wake: (() => void) | null = null;
  let ticking: NodeJS.Timeout | null = null;
  metrics.beforeExpose(() =>
    metrics.set('wallet_subscription_queue_records', { group }, queues.depth()),
  );

  function joined(assigned: readonly { topic: string; partition: number }[]): void {
    metrics.inc('wallet_subscription_generations_total', { group });
    begin(assigned.map(({ topic, partition }) => ({ topic: logical(topic), partition })));
    positionsWanted = true;
    // A batch at hand is applied first: its records would only come twice.
    if (!batchOut) void settlePositions();
  }

  function lost(): void {
    begin([]);
  }

  /** A new epoch: nothing is queued, nothing is accepted until the positions are known. */
  function begin(assigned: readonly { topic: string; partition: number }[]): void {
    epoch += 1;
    const dropped = queues.assign(assigned);
    metrics.inc('wallet_subscription_dropped_records_total', { group, reason: 'lost' }, dropped);
    for (const of of queues.all()) member.pause(physical(of));
  }

  async function settlePositions(): Promise<void> {
    positionsWanted = false;
    const mine = epoch;
    for (let attempt = 1; mine === epoch && !stopped; attempt += 1) {
      try {
        const found = await starts.of(queues.all());
        positionsFailure = null;
        if (mine === epoch && !stopped) found.forEach(goOn);
        return;
      } catch (err) {
        positionsFailure = `the positions of ${group} cannot be read`;
        log.warn({ group, err, attempt }, 'the positions cannot be read; trying again');
        await sleep(backoffMs(attempt, BACKOFF));
      }
    }
  }

  function goOn(at: Position & { anywhere: boolean }): void {
    const of = queues.get(at.topic, at.partition);
    if (of === undefined) return;
    of.nextOffset = at.nextOffset;
    of.startsAnywhere = at.anywhere;
    member.seek(physical(of), at.nextOffset);
    member.resume(physical(of));
  }

  function fetched(batch: FetchedBatch): void {
    const of = queues.get(logical(batch.topic), batch.partition);
    const outcome = of === undefined ? 'lost' : acceptFetched(of, batch);
    if (of === undefined || outcome === 'lost') {
      const reason = 'lost';
      metrics.inc(DROPPED, { group, reason }, batch.messages.length);
      return;
    }
    if (outcome.applied > 0) metrics.inc(DROPPED, { group, reason: 'applied' }, outcome.applied);
    if (outcome.missed) seekAgainLater(of);
    else if (outcome.accepted === 0) member.seek(physical(of), of.nextOffset ?? 0);
    else if (!of.paused && queues.isFull(of)) pause(of);
    if (outcome.accepted > 0) wake?.();
  }

  function pause(of: Partition): void {
    of.paused = true;
    member.pause(physical(of));
    metrics.inc('wallet_subscription_pauses_total', { group });
  }

  // A gap is never accepted: the same offset is asked for again, ever more slowly, until the log has
  // it or somebody looks at the problem.
  function seekAgainLater(of: Partition): void {
    const mine = epoch;
    log.warn({ group, problem: describeMiss(of) }, 'records are missing; seeking again');
    member.pause(physical(of));
    void sleep(backoffMs(of.misses, BACKOFF)).then(() => {
      if (mine !== epoch || stopped || of.nextOffset === null) return;
      member.seek(physical(of), of.nextOffset);
      if (!of.paused) member.resume(physical(of));
    });
  }

  async function take(max: number): Promise<Batch | null> {
    batchOut = false;
    lastTakeMs = performance.now();
    if (positionsWanted) void settlePositions();
    for (;;) {
      if (stopped) return null;
      const records = queues.take(max);
      if (records.length > 0) {
        handOut(records);
        return { records };
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  function handOut(records: readonly InboundRecord[]): void {
    batchOut = true;
    lastTakeMs = performance.now();
    for (const of of queues.all()) {
      if (!of.paused || !queues.isLow(of)) continue;
      of.paused = false;
      member.resume(physical(of));
    }
    if (options.startAt !== 'latest') return;
    for (const { topic, partition, offset } of records) {
      starts.remember({ topic, partition, nextOffset: offset + 1 });
    }
  }

  function commit(positions: readonly Position[]): void {
    for (const position of positions) {
      if (queues.get(position.topic, position.partition) === undefined) continue;
      starts.remember(position);
      hints.add(position);
    }
  }

  function problem(): string | null {
    const missing = queues.all().find((of) => waitedMs(of.missingSinceMs) > stallMs);
    if (missing !== undefined) return describeMiss(missing);
    const idleMs = performance.now() - lastTakeMs;
    if ((batchOut || queues.depth() > 0) && idleMs > stallMs) {
      return `${group} has not finished a batch for ${Math.round(idleMs / 1_000)} s`;
    }
    return positionsFailure ?? member.problem();
  }

  function tick(): void {
    hints.drop((at) => queues.get(at.topic, at.partition) === undefined);
    hints.flush().catch((err: unknown) => log.debug({ group, err }, 'offsets were not committed'));
    member.reviveIfSilent();
  }

  return {
    start() {
      ticking = setInterval(tick, TICK_MS);
      member.start();
    },
    take,
    commit,
    async reset() {
      metrics.inc('wallet_subscription_resets_total', { group });
      batchOut = false;
      begin(queues.all().map(({ topic, partition }) => ({ topic, partition })));
      await settlePositions();
    },
    depth: () => queues.depth(),
    problem,
    healthy: () => problem() === null,
    async stop() {
      stopped = true;
      for (const of of queues.all()) member.pause(physical(of));
      wake?.();
    },
    async close() {
      stopped = true;
      wake?.();
      if (ticking !== null) clearInterval(ticking);
      await hints
        .flush()
        .catch((err: unknown) => log.info({ group, err }, 'last offsets are lost'));
      await member.close();
    },
  };
}

const DROPPED = 'wallet_subscription_dropped_records_total';
const waitedMs = (sinceMs: number | null) => (sinceMs === null ? 0 : performance.now() - sinceMs);

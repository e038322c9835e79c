import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, type Log, type Metrics } from '@wallet/runtime';
import type { Batch } from 'kafkajs';
import { acceptFetched, describeMiss } from './accept-fetched.ts';
import type { GroupMember, TopicPartition } from './group-member.ts';
import type { Partition, PartitionQueues } from './partition-queues.ts';
import type { StartPositions } from './start-positions.ts';

/** What a subscription knows between two events; the functions of this file move it on. */
export type Reading = {
  readonly group: string;
  readonly topicPrefix: string;
  readonly queues: PartitionQueues;
  readonly starts: StartPositions;
  readonly member: GroupMember;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Rises with each assignment, loss and reset; what was begun in an older epoch is void. */
  epoch: number;
  /** The loop works on records it has taken. */
  batchOut: boolean;
  /** Partitions were assigned while a batch was out; their positions are read after it. */
  positionsWanted: boolean;
  positionsFailure: string | null;
  stopped: boolean;
  /** Resumes the loop that waits for records. */
  wake: (() => void) | null;
};

const BACKOFF = { baseMs: 50, maxMs: 2_000 };
const DROPPED = 'wallet_subscription_dropped_records_total';

type Named = { readonly topic: string; readonly partition: number };

export function physical(reading: Reading, { topic, partition }: Named): TopicPartition {
  return { topic: `${reading.topicPrefix}${topic}`, partition };
}

/** The group has assigned partitions. Nothing was fetched of them yet. */
export function joined(reading: Reading, assigned: readonly TopicPartition[]): void {
  const { group, metrics, topicPrefix } = reading;
  metrics.inc('wallet_subscription_generations_total', { group });
  begin(
    reading,
    assigned.map(({ topic, partition }) => ({ topic: topic.slice(topicPrefix.length), partition })),
  );
  reading.positionsWanted = true;
  // A batch at hand is applied first: its records would only come twice.
  if (!reading.batchOut) void settlePositions(reading);
}

/** A new epoch: nothing is queued, and nothing is accepted until the positions are known. */
export function begin(reading: Reading, assigned: readonly Named[]): void {
  const { group, queues, member, metrics } = reading;
  reading.epoch += 1;
  metrics.inc(DROPPED, { group, reason: 'lost' }, queues.assign(assigned));
  for (const of of queues.all()) member.pause(physical(reading, of));
}

/**
 * Reads where each partition goes on and lets it go on there; tries until it can or is overtaken.
 */
export async function settlePositions(reading: Reading): Promise<void> {
  const { group, queues, starts, member, log } = reading;
  const { epoch } = reading;
  const overtaken = () => epoch !== reading.epoch || reading.stopped;
  reading.positionsWanted = false;
  for (let attempt = 1; !overtaken(); attempt += 1) {
    try {
      const found = await starts.of(queues.all());
      if (overtaken()) return;
      reading.positionsFailure = null;
      for (const { nextOffset, anywhere, ...of } of found) {
        Object.assign(queues.get(of.topic, of.partition) ?? {}, {
          nextOffset,
          startsAnywhere: anywhere,
        });
        member.seek(physical(reading, of), nextOffset);
        member.resume(physical(reading, of));
      }
      return;
    } catch (err) {
      reading.positionsFailure = `the positions of ${group} cannot be read`;
      log.warn({ group, err, attempt }, 'the positions cannot be read; trying again');
      await sleep(backoffMs(attempt, BACKOFF));
    }
  }
}

/** Looks at what came, queues what follows the position, and steers the fetching. */
export function fetched(reading: Reading, batch: Batch): void {
  const { group, queues, member, metrics } = reading;
  const of = queues.get(batch.topic.slice(reading.topicPrefix.length), batch.partition);
  const outcome = of === undefined || reading.stopped ? 'lost' : acceptFetched(of, batch);
  if (of === undefined || outcome === 'lost') {
    metrics.inc(DROPPED, { group, reason: 'lost' }, batch.messages.length);
    return;
  }
  if (outcome.applied > 0) metrics.inc(DROPPED, { group, reason: 'applied' }, outcome.applied);
  if (outcome.missed) seekAgainLater(reading, of);
  else if (outcome.accepted === 0) member.seek(physical(reading, of), of.nextOffset ?? 0);
  else if (!of.paused && queues.isFull(of)) pause(reading, of);
  if (outcome.accepted > 0) reading.wake?.();
}

function pause(reading: Reading, of: Partition): void {
  of.paused = true;
  reading.member.pause(physical(reading, of));
  reading.metrics.inc('wallet_subscription_pauses_total', { group: reading.group });
}

/** After records were taken: partitions whose queues have room go on. */
export function resumeLow(reading: Reading): void {
  for (const of of reading.queues.all()) {
    if (!of.paused || !reading.queues.isLow(of)) continue;
    of.paused = false;
    reading.member.resume(physical(reading, of));
  }
}

// A gap is never accepted: the same offset is asked for again, ever more slowly, until the log has
// it or somebody looks at the problem.
function seekAgainLater(reading: Reading, of: Partition): void {
  const { group, log, member, epoch } = reading;
  log.warn({ group, problem: describeMiss(of) }, 'records are missing; seeking again');
  member.pause(physical(reading, of));
  void sleep(backoffMs(of.misses, BACKOFF)).then(() => {
    if (epoch !== reading.epoch || reading.stopped || of.nextOffset === null) return;
    member.seek(physical(reading, of), of.nextOffset);
    if (!of.paused) member.resume(physical(reading, of));
  });
}

import { features, type OutcomeKind } from '@wallet/core-ledger';
import { Fault, retry } from '@wallet/runtime';
import type { Codec, Wire } from '@wallet/schemas';
import { openMergedLog, type Entry, type Offsets } from '../backtests/merged-log.ts';
import { createRecentIds } from '../backtests/recent-ids.ts';
import type { Counted } from '../fraud/counted.ts';
import type { VelocityPlan } from '../fraud/plan.ts';
import type { Velocity } from '../fraud/velocity.ts';
import type { Contexts } from '../outcomes/contexts.ts';
import { createRecorder, type Told } from '../outcomes/recorder.ts';
import { countableTopics, readCountable, type Countable } from './log.ts';

/** One pipelined request takes this many: some 50 µs of Redis each. */
const batchSize = 500;
const deadlineMs = 5_000;
const patience = { deadlineMs: 60_000, baseMs: 100, maxMs: 5_000 };
/**
 * What a rebuild counts stands under sources of its own: behind the hand-over the live processors
 * count at later offsets, and what comes from before must not look like a redelivery to them.
 */
const ownSources = 32_768;

/** Reads the log from where it was left to its present end, and counts what fits. */
export type Filler = {
  fill(range: { fromMs: number; untilMs: number }): Promise<void>;
  /** Where the next reading begins, by `topic/partition`. */
  positions(): Offsets;
};

/** Throws a fault when Redis, the database or Kafka stays away for a minute. */
export function createFiller(deps: {
  wire: Pick<Wire, 'admin' | 'createSubscription'> & { codec: Codec };
  velocity: Pick<Velocity, 'count'>;
  contexts: Contexts;
  plan: VelocityPlan;
  isWanted: (kind: OutcomeKind) => boolean;
  group: string;
  onProgress: (progress: { passed: number; all: number }) => void;
}): Filler {
  const { wire, velocity } = deps;
  // Nobody reads the answers, so the outcomes need no look.
  const plan = deps.plan.map((entity) => ({ ...entity, outcomes: [] }));
  const record = createRecorder(deps);
  const sort = createSorter(deps.isWanted);
  let positions: Offsets = {};
  let readings = 0;

  async function countIntents(items: readonly Counted[]): Promise<void> {
    if (items.length === 0) return;
    await velocity.count(items, plan, deadlineMs);
    if (items.every(({ complete }) => complete)) return;
    for (const item of items) item.complete = true;
    throw new Fault('redis_unavailable', 'Redis did not count in time', { retriable: true });
  }

  async function count(entries: readonly Entry<Countable>[]): Promise<void> {
    const { items, told } = sort(entries);
    const retriable = (error: unknown): boolean => error instanceof Fault && error.retriable;
    await retry({ ...patience, retriable }, () => countIntents(items));
    await retry({ ...patience, retriable }, () => record(told));
  }

  return {
    positions: () => positions,
    async fill({ fromMs, untilMs }) {
      readings += 1;
      const log = await openMergedLog<Countable>({
        wire,
        group: `${deps.group}-${readings}`,
        topics: countableTopics,
        starts: positions,
        ends: null,
        read: (record) => readCountable(wire.codec, record),
      });
      try {
        for (;;) {
          const entries = await log.take(batchSize);
          if (entries.length === 0) break;
          await count(entries.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs));
          deps.onProgress(log.progress());
        }
        positions = { ...positions, ...log.ends };
      } finally {
        await log.close();
      }
    },
  };
}

/** What of some entries is to be counted, and where. */
function createSorter(isWanted: (kind: OutcomeKind) => boolean) {
  const answers = new Float64Array(features.length);
  // The live processor knows a producer's duplicate by its own memory.
  const ids = createRecentIds();
  return (entries: readonly Entry<Countable>[]): { items: Counted[]; told: Told[] } => {
    const items: Counted[] = [];
    const told: Told[] = [];
    for (const { event, offset } of entries) {
      const source = event.source + ownSources;
      if ('outcomes' in event) {
        const wanted = event.outcomes.filter(({ kind }) => isWanted(kind));
        told.push(...wanted.map((outcome) => ({ outcome, source, offset })));
        continue;
      }
      const { intent_id: id, accepted_at: atMs, amount_minor } = event.intent;
      if (!ids.add(id)) continue;
      const place = { partition: source, offset, features: answers, complete: true };
      items.push({ payment: event.intent, id, amountMinor: Number(amount_minor), atMs, ...place });
    }
    return { items, told };
  };
}

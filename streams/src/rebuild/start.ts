import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDefaultRules, type Database, type OutcomeKind } from '@wallet/core-ledger';
import { monotonicMs, systemClock, type Log, type Metrics } from '@wallet/runtime';
import type { Wire } from '@wallet/schemas';
import type { Offsets } from '../backtests/merged-log.ts';
import type { Handover } from '../fraud/generations.ts';
import { createLiveRules } from '../fraud/live-rules.ts';
import { velocityPlan } from '../fraud/plan.ts';
import { createRedisLinks } from '../fraud/redis-links.ts';
import { fraudGroup, fraudTopics } from '../fraud/start.ts';
import { createVelocity } from '../fraud/velocity.ts';
import { createContexts } from '../outcomes/contexts.ts';
import { outcomesGroup } from '../outcomes/processor.ts';
import { isCounted } from '../outcomes/wanted.ts';
import { outcomesTopics } from '../outcomes/start.ts';
import { discardGeneration } from './discard.ts';
import { createFiller } from './filler.ts';
import { rebuildCounters } from './rebuild.ts';

/** Live processors that are further behind leave the old counters to expire by themselves. */
const waitForLiveMs = 60_000;
const lookEveryMs = 1_000;

export type RebuildPhase = 'reading' | 'handing over' | 'waiting' | 'discarding';

/**
 * Rebuilds the counters of the rules in force (live and in shadow) from the log and puts them in
 * the place of those in use; the former are removed once the live processors are behind the
 * hand-over. Throws as `rebuildCounters` does.
 * @param options.fromMs what happened before it is not counted, milliseconds since 1970
 */
export async function startRebuild(options: {
  wire: Wire;
  database: Database;
  redisUrl: string;
  keyPrefix: string;
  fromMs: number;
  log: Log;
  metrics: Metrics;
  onPhase: (phase: RebuildPhase) => void;
  onProgress: (progress: { passed: number; all: number }) => void;
}): Promise<Handover & { discarded: number }> {
  const { wire, database, redisUrl, keyPrefix, fromMs, log, metrics, onPhase, onProgress } =
    options;
  const generation = randomBytes(6).toString('hex');
  const read = await readFeatures(options);
  const velocity = await createVelocity({ url: redisUrl, keyPrefix, generation, log, metrics });
  const links = createRedisLinks({ url: redisUrl, prepare: [], log });
  try {
    await links.becomesReady(waitForLiveMs);
    const filler = createFiller({
      ...{ wire, velocity, onProgress, plan: velocityPlan({ features: read }) },
      contexts: createContexts({ database, codec: wire.codec }),
      isWanted: (kind: OutcomeKind) => isCounted(kind, read),
      group: `counters-rebuild-${generation}`,
    });
    const handover = await rebuildCounters({
      ...{ links, keyPrefix, generation, filler, clock: systemClock, onPhase, fromMs },
    });
    onPhase('waiting');
    if (!(await livePasses(wire, filler.positions()))) return { ...handover, discarded: 0 };
    onPhase('discarding');
    return { ...handover, discarded: await discardGeneration(links, keyPrefix, handover.before) };
  } finally {
    links.close();
    velocity.close();
  }
}

/** Features that the rules in force read, by index. */
async function readFeatures(deps: {
  database: Database;
  log: Log;
  metrics: Metrics;
}): Promise<readonly number[]> {
  const stopping = new AbortController();
  const shipped = await readDefaultRules();
  const rules = await createLiveRules({ ...deps, shipped, signal: stopping.signal });
  const { features: read } = rules.current();
  await rules.close();
  return read;
}

/** Whether the live processors have passed these positions, in good time. */
async function livePasses(wire: Pick<Wire, 'admin'>, positions: Offsets): Promise<boolean> {
  const live = [
    ...fraudTopics.map((topic) => ({ group: fraudGroup, topic })),
    ...outcomesTopics.map((topic) => ({ group: outcomesGroup, topic })),
  ];
  const untilMs = monotonicMs() + waitForLiveMs;
  for (;;) {
    const behind = await Promise.all(
      live.map(async ({ group, topic }) => {
        const committed = await wire.admin.committed(group, topic);
        const partitions = Object.entries(positions).filter(([key]) => key.startsWith(`${topic}/`));
        return partitions.some(
          ([key, next]) => (committed.get(Number(key.slice(topic.length + 1))) ?? 0) < next,
        );
      }),
    );
    if (!behind.includes(true)) return true;
    if (monotonicMs() > untilMs) return false;
    await sleep(lookEveryMs);
  }
}

import type { Database, Sealer } from '@wallet/core-ledger';
import type { Clock, Log, Metrics } from '@wallet/runtime';
import { allTopics, type Codec, type WireAdmin } from '@wallet/schemas';
import { createChainLook } from './chain.ts';
import { createDatabaseLook } from './database.ts';
import { createDecisionLook } from './decisions.ts';
import { createDeadLetterLook } from './dead-letters.ts';
import { createInvariantLook, type InvariantCheck } from './invariants.ts';
import { createLagLook, type WatchedGroup } from './lag.ts';
import { createMonthsLook } from './months.ts';
import { startRounds, type Check } from './rounds.ts';

/** Milliseconds between looks: lag at the pace of the scrapes, invariants within their minute. */
const monitorPace = {
  lagMs: 2_000,
  databaseMs: 5_000,
  deadLettersMs: 15_000,
  invariantsMs: 30_000,
  chainMs: 3_000,
  monthsMs: 600_000,
  decisionsMs: 60_000,
  redisMs: 5_000,
  registryMs: 10_000,
  heartbeatMs: 15_000,
} as const;

export type MonitorOptions = {
  admin: Pick<WireAdmin, 'lag' | 'offsets'>;
  codec: Pick<Codec, 'load' | 'decode'>;
  database: Database;
  invariants: readonly InvariantCheck[];
  sealer: Sealer;
  watched: readonly WatchedGroup[];
  /** Each resolves when the server does what we need of it, and throws when it does not. */
  servers: { redis(): Promise<void>; registry(): Promise<void> };
  /** Pays as a client does; null pays nothing. */
  heartbeat: (() => Promise<void>) | null;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  pace?: { [K in keyof typeof monitorPace]: number };
};

export type Monitor = {
  /** Why nothing is seen of something, or null: for readiness. */
  problem(): string | null;
  /** Resolves when the looks under way have ended. */
  close(): Promise<void>;
};

/**
 * Watches the pipeline from outside: lag, dead letters, what waits in the database, and the
 * invariants; makes decisions again from what was recorded; seals the chain of hashes and makes the
 * months of entries ahead. Starts at once.
 * Servers may come and go; it runs in a process of its own so that it still sees when the consumers
 * are dead.
 */
export function createMonitor(options: MonitorOptions): Monitor {
  const { admin, watched, log, metrics, clock, pace = monitorPace } = options;
  const sources = allTopics.map(({ name }) => name);
  const checks: Check[] = [
    {
      name: 'lag',
      everyMs: pace.lagMs,
      look: createLagLook({ admin, watched, metrics, clock }),
    },
    { name: 'database', everyMs: pace.databaseMs, look: createDatabaseLook(options) },
    {
      name: 'dead_letters',
      everyMs: pace.deadLettersMs,
      look: createDeadLetterLook({ ...options, sources }),
    },
    { name: 'chain', everyMs: pace.chainMs, look: createChainLook(options) },
    { name: 'months', everyMs: pace.monthsMs, look: createMonthsLook(options) },
    { name: 'decisions', everyMs: pace.decisionsMs, look: createDecisionLook(options) },
    { name: 'redis', everyMs: pace.redisMs, look: options.servers.redis },
    { name: 'registry', everyMs: pace.registryMs, look: options.servers.registry },
    { name: 'invariants', everyMs: pace.invariantsMs, look: createInvariantLook(options) },
    ...(options.heartbeat === null
      ? []
      : [{ name: 'heartbeat', everyMs: pace.heartbeatMs, look: options.heartbeat } as const]),
  ];
  const stopping = new AbortController();
  const rounds = startRounds({ checks, log, metrics, clock, signal: stopping.signal });
  return {
    problem: () => rounds.silent(),
    close: () => {
      stopping.abort();
      return rounds.ended;
    },
  };
}

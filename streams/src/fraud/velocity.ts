import { readFile } from 'node:fs/promises';
import { entities } from '@wallet/core-ledger';
import { monotonicMs, step, type Log, type Metrics } from '@wallet/runtime';
import { giveUpOpen, groupIntoCalls } from './calls.ts';
import type { Call, Mode, OnAnswer } from './calls.ts';
import type { Counted } from './counted.ts';
import { createExchange } from './exchange.ts';
import { createGenerations, generationPrefix } from './generations.ts';
import type { VelocityPlan } from './plan.ts';
import { createRedisLinks } from './redis-links.ts';
import { createTurn, inTime } from './turn.ts';

export type Velocity = {
  /**
   * Counts a batch and fills its features: one pipelined request of few calls. Items of one
   * partition stand in offset order. Never throws: what did not arrive within `deadlineMs` stays
   * NaN and makes its item incomplete.
   */
  count(items: readonly Counted[], plan: VelocityPlan, deadlineMs: number): Promise<void>;
  /** Fills the features as `count` would, and counts nothing. */
  peek(items: readonly Counted[], plan: VelocityPlan, deadlineMs: number): Promise<void>;
  ready(): boolean;
  close(): void;
};

/** A slow Redis is told of this often; the metric counts every batch. */
const warningsMs = 5_000;
/** A process that starts before Redis answers waits this long, then starts degraded. */
const startPatienceMs = 1_000;
/** The script in its parts, in order. */
const parts = ['velocity-buckets', 'velocity-series', 'velocity-members', 'velocity'];

/**
 * Opens the connection and keeps it. `keyPrefix` isolates pipelines that share a Redis; a given
 * `generation` is counted in whatever the hand-over says: it is a rebuild's.
 *
 * A script by its digest rather than a Redis function: two versions of a process can run side by
 * side, and Redis 6.2 has no functions.
 */
export async function createVelocity(options: {
  url: string;
  keyPrefix: string;
  generation?: string;
  log: Log;
  metrics: Metrics;
}): Promise<Velocity> {
  const { keyPrefix, generation, log, metrics } = options;
  const script = await readScript();
  const links = createRedisLinks({ url: options.url, prepare: [['SCRIPT', 'LOAD', script]], log });
  const tally = createTally(metrics);
  const exchange = createExchange({ links, script, onAnswer: tally.add, log, metrics });

  const turn = createTurn(links);
  const generations = createGenerations(links, keyPrefix, turn);
  const own = generation === undefined ? null : generationPrefix(keyPrefix, generation);
  const prefixAt = own === null ? generations.prefixAt : () => own;
  const warnSometimes = createWarning(log);

  /** Resolves with how long is left of the deadline; null when Redis is away. */
  async function comesIn(deadlineMs: number): Promise<number | null> {
    const startedMs = monotonicMs();
    const leftMs = (): number => deadlineMs - (monotonicMs() - startedMs);
    const comes = await turn.comes(deadlineMs);
    if (comes && (own !== null || (await generations.isCurrent(leftMs())))) return leftMs();
    metrics.inc('wallet_redis_errors_total', { reason: 'unavailable' });
    return null;
  }

  async function send(calls: readonly Call[], mode: Mode, deadlineMs: number): Promise<void> {
    const startedMs = monotonicMs();
    const exchanged = step('redis counters', { 'db.system.name': 'redis' }, () =>
      exchange(calls, mode),
    );
    if (await inTime(exchanged, deadlineMs)) {
      const seconds = (monotonicMs() - startedMs) / 1_000;
      metrics.observe('wallet_redis_command_duration_seconds', { purpose: 'velocity' }, seconds);
      return;
    }
    metrics.inc('wallet_redis_errors_total', { reason: 'timeout' });
    warnSometimes(deadlineMs);
    turn.waitFor(exchanged);
  }

  function inMode(mode: Mode): Velocity['count'] {
    const onAnswer = mode === 'count' ? tally.add : () => undefined;
    return async (items, plan, deadlineMs) => {
      if (items.length === 0) return;
      const leftMs = await comesIn(deadlineMs);
      const calls = groupIntoCalls(items, plan, prefixAt, links.tagsApart());
      if (leftMs !== null) await send(calls, mode, leftMs);
      giveUpOpen(calls, onAnswer);
      tally.flush();
    };
  }

  await links.becomesReady(startPatienceMs);
  return {
    count: inMode('count'),
    peek: inMode('peek'),
    ready: () => links.ready(),
    close: () => links.close(),
  };
}

function createWarning(log: Log): (deadlineMs: number) => void {
  let warnedMs = -Infinity;
  return (deadlineMs) => {
    if (monotonicMs() - warnedMs < warningsMs) return;
    warnedMs = monotonicMs();
    log.warn({ deadlineMs }, 'velocity: the deadline of a batch passed, decisions are degraded');
  };
}

async function readScript(): Promise<string> {
  const texts = parts.map((name) => readFile(new URL(`./${name}.lua`, import.meta.url), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

/** Sums up in memory what would be hundreds of metric calls a batch. */
function createTally(metrics: Metrics): { add: OnAnswer; flush(): void } {
  const results = ['applied', 'duplicate', 'failed'] as const;
  const counts = entities.map(() => ({ applied: 0, duplicate: 0, failed: 0 }));
  return {
    add(entity, result) {
      const count = counts[entity];
      if (count !== undefined) count[result] += 1;
    },
    flush() {
      counts.forEach((count, index) => {
        const entity = entities[index]?.name ?? 'other';
        for (const result of results) {
          if (count[result] === 0) continue;
          metrics.inc('wallet_fraud_velocity_updates_total', { entity, result }, count[result]);
          count[result] = 0;
        }
      });
    },
  };
}

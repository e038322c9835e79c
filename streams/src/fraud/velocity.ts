import { readFile } from 'node:fs/promises';
import { entities, type EntityName } from '@wallet/core-ledger';
import { monotonicMs, type Log, type Metrics } from '@wallet/runtime';
import { giveUpOpen, groupIntoCalls } from './calls.ts';
import type { Call, CountedPayment, OnAnswer } from './calls.ts';
import { createExchange } from './exchange.ts';
import { createRedisLink } from './redis-link.ts';
import { createTurn, inTime } from './turn.ts';

export type Velocity = {
  /**
   * Counts a batch and fills its features: one pipelined request, at most one call for each hash
   * tag. Payments of one partition stand in offset order. Never throws: what did not arrive within
   * `deadlineMs` stays NaN and makes its payment incomplete.
   */
  count(
    payments: readonly CountedPayment[],
    wanted: { entities: readonly EntityName[]; deadlineMs: number },
  ): Promise<void>;
  ready(): boolean;
  close(): void;
};

/** A slow Redis is told of this often; the metric counts every batch. */
const warningsMs = 5_000;
/** A process that starts before Redis answers waits this long, then starts degraded. */
const startPatienceMs = 1_000;

/**
 * Opens the connection and keeps it. `keyPrefix` isolates pipelines that share a Redis.
 *
 * A script by its digest rather than a Redis function: two versions of a process can run side by
 * side, and Redis 6.2 has no functions.
 */
export async function createVelocity(options: {
  url: string;
  keyPrefix: string;
  log: Log;
  metrics: Metrics;
}): Promise<Velocity> {
  const { keyPrefix, log, metrics } = options;
  const script = await readFile(new URL('./velocity.lua', import.meta.url), 'utf8');
  const link = createRedisLink({ url: options.url, prepare: [['SCRIPT', 'LOAD', script]], log });
  const tally = createTally(metrics);
  const exchange = createExchange({ link, script, onAnswer: tally.add, log, metrics });

  const turn = createTurn(link);
  let warnedMs = -Infinity;

  function warnSometimes(deadlineMs: number): void {
    if (monotonicMs() - warnedMs < warningsMs) return;
    warnedMs = monotonicMs();
    log.warn({ deadlineMs }, 'velocity: the deadline of a batch passed, decisions are degraded');
  }

  async function ask(calls: readonly Call[], deadlineMs: number): Promise<void> {
    const startedMs = monotonicMs();
    if (!(await turn.comes(deadlineMs))) {
      metrics.inc('wallet_redis_errors_total', { reason: 'unavailable' });
      return;
    }
    const exchanged = exchange(calls);
    if (await inTime(exchanged, deadlineMs - (monotonicMs() - startedMs))) {
      const seconds = (monotonicMs() - startedMs) / 1_000;
      metrics.observe('wallet_redis_command_duration_seconds', { purpose: 'velocity' }, seconds);
      return;
    }
    metrics.inc('wallet_redis_errors_total', { reason: 'timeout' });
    warnSometimes(deadlineMs);
    turn.waitFor(exchanged);
  }

  await link.becomesReady(startPatienceMs);
  return {
    async count(payments, wanted) {
      const calls = groupIntoCalls(payments, wanted.entities, keyPrefix);
      if (calls.length === 0) return;
      await ask(calls, wanted.deadlineMs);
      giveUpOpen(calls, tally.add);
      tally.flush();
    },
    ready: () => link.ready(),
    close: () => link.close(),
  };
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

import { randomUUID } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import {
  claimBacktest,
  createDatabase,
  finishBacktest,
  isRetriable,
  releaseBacktest,
  type ClaimedBacktest,
} from '@wallet/core-ledger';
import { backoffMs } from '@wallet/runtime';
import type { Context, Running } from '../runner/context.ts';
import { pause } from '../runner/retry.ts';
import { runBacktest, type Worker } from './run.ts';

/** A job of a dead worker waits so long for another one. */
const leaseMs = 30_000;
/** Progress is seen, and a cancel heeded, this often. */
const checkpointMs = 1_000;
/** How soon a new job is seen. */
const lookMs = 1_000;
/** Labels of months are read in one statement. */
const longestStatementMs = 300_000;
const pacing = { baseMs: 1_000, maxMs: 30_000 };
/** A job that ends its process again and again is given up. */
const mostAttempts = 5;

/**
 * Works off backtests, one at a time. In a process of its own, and at low priority: it computes for
 * minutes without a pause, and nobody's payment waits for it.
 */
export async function startBacktests(context: Context): Promise<Running> {
  const { settings, wire, log, metrics, signal, onClose } = context;
  setPriority(constants.priority.PRIORITY_LOW);
  const database = createDatabase({
    url: settings.DATABASE_URL,
    applicationName: 'wallet backtests',
    role: 'wallet_app',
    poolSize: 2,
    longestStatementMs,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  onClose('backtests database', () => database.close());
  const worker: Worker = { wire, database, id: randomUUID(), leaseMs, checkpointMs, signal };
  let failures = 0;
  const running = loop();
  onClose('backtests', () => running);

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      try {
        const claimed = await claimBacktest(database.knex, { worker: worker.id, leaseMs });
        if (claimed !== null) await work(claimed);
        else await pause(lookMs, signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        log.warn({ err: error, failures }, 'backtests: a fault; trying again');
        await pause(backoffMs(failures, pacing), signal);
      }
    }
  }

  async function work(claimed: ClaimedBacktest): Promise<void> {
    const { id } = claimed.backtest;
    const job = { id, worker: worker.id };
    log.info({ backtest: id, resumed: claimed.checkpoint !== null }, 'backtest begins');
    try {
      if (claimed.attempts > mostAttempts) throw new Error('it ended its process again and again');
      const end = await runBacktest(worker, claimed);
      if (end === 'stopped') await releaseBacktest(database, job);
      if (end === 'succeeded' || end === 'canceled')
        metrics.inc('wallet_fraud_backtests_total', { end });
      log.info({ backtest: id, end }, 'backtest ends');
    } catch (error) {
      if (isRetriable(error)) {
        await releaseBacktest(database, job);
        throw error;
      }
      log.error({ err: error, backtest: id }, 'backtest failed');
      const failure = error instanceof Error ? error.message : String(error);
      if (await finishBacktest(database, job, { failure }))
        metrics.inc('wallet_fraud_backtests_total', { end: 'failed' });
    }
  }

  return {
    problem: () => (failures > mostAttempts ? `backtests fail (${failures} times in a row)` : null),
  };
}

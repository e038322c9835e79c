import { backoffMs, monotonicMs, type Log, type Metrics } from '@wallet/runtime';
import { pause } from '../runner/retry.ts';
import type { Job } from './jobs.ts';

export type Timers = {
  start(): void;
  /** Waits for the run under way. */
  stop(): Promise<void>;
  /** Which job fails again and again, if any does: for readiness. */
  problem(): string | null;
};

/** A broken job waits longer and longer, up to this. */
const longestWaitMs = 30_000;
/** So many in a row are no passing fault. */
const toleratedFailures = 3;

type Turn = { readonly job: Job; nextAtMs: number; failures: number };

/**
 * Runs jobs one after the other, each at its pace. One that fails is counted, told and tried again
 * after a growing wait; the others go on. Nothing is remembered: what is due is in the database.
 */
export function createTimers(deps: { jobs: readonly Job[]; log: Log; metrics: Metrics }): Timers {
  const { jobs, log, metrics } = deps;
  const turns: Turn[] = jobs.map((job) => ({ job, nextAtMs: 0, failures: 0 }));
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const runOnce = async (turn: Turn): Promise<void> => {
    const { name, everyMs, run } = turn.job;
    let waitMs = everyMs;
    try {
      const { done, more } = await run();
      turn.failures = 0;
      if (more) waitMs = 0;
      metrics.inc('wallet_timer_runs_total', { job: name, result: 'done' });
      metrics.inc('wallet_timer_ended_total', { job: name }, done);
    } catch (error) {
      turn.failures += 1;
      waitMs += backoffMs(turn.failures, { baseMs: everyMs, maxMs: longestWaitMs });
      metrics.inc('wallet_timer_runs_total', { job: name, result: 'failed' });
      log.warn({ err: error, job: name, waitMs }, 'a timer failed; the next try follows');
    }
    turn.nextAtMs = monotonicMs() + waitMs;
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const turn of turns) {
        if (stopping.signal.aborted) return;
        if (turn.nextAtMs <= monotonicMs()) await runOnce(turn);
      }
      const nextAtMs = Math.min(...turns.map((turn) => turn.nextAtMs));
      await pause(Math.max(1, nextAtMs - monotonicMs()), stopping.signal);
    }
  };

  return {
    start: () => {
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
    problem: () => {
      const broken = turns.find(({ failures }) => failures > toleratedFailures);
      if (broken === undefined) return null;
      return `the timer of ${broken.job.name} fails (${broken.failures} times in a row)`;
    },
  };
}

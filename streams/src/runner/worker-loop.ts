import { backoffMs, type Log } from '@wallet/runtime';
import { pause } from './retry.ts';

export type WorkerLoop = {
  start(): void;
  /** Waits for the round under way. */
  stop(): Promise<void>;
  /** Why nothing is done, if so: for readiness. */
  problem(): string | null;
};

const pacing = { baseMs: 500, maxMs: 10_000 };
/** So many in a row are no passing fault. */
const toleratedFailures = 3;

/**
 * Does one round after the other. A fault is told, and the next round follows after a wait that
 * grows from fault to fault.
 * @param options.work who does it, for the log and for readiness: in the plural
 * @param options.round one round and the wait behind it; the signal fires when it shall end soon
 */
export function createWorkerLoop(options: {
  work: string;
  round: (signal: AbortSignal) => Promise<void>;
  log: Log;
}): WorkerLoop {
  const { work, round, log } = options;
  const stopping = new AbortController();
  let failures = 0;
  let running: Promise<void> = Promise.resolve();

  const loop = async (): Promise<void> => {
    const { signal } = stopping;
    while (!signal.aborted) {
      try {
        await round(signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        const waitMs = backoffMs(failures, pacing);
        log.warn({ err: error, failures, waitMs }, `${work}: a fault; the next round follows`);
        await pause(waitMs, signal);
      }
    }
  };

  return {
    start: () => {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    problem: () =>
      failures > toleratedFailures ? `${work} stand still (${failures} faults in a row)` : null,
  };
}

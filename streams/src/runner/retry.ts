import { isRetriable } from '@wallet/core-ledger';
import { backoffMs, type Log } from '@wallet/runtime';
import type { Wrapper } from './handler.ts';

const pacing = { baseMs: 50, maxMs: 5_000 };

type Deps = { stage: string; log: Log; signal: AbortSignal; onRetry: () => void };

/**
 * Tries the same batch again, in place, for as long as its fault is retriable: the order per key
 * survives, nothing is acknowledged that did not happen. Ends with the fault when the stage stops.
 */
export function withRetry({ stage, log, signal, onRetry }: Deps): Wrapper {
  return (handler) => async (records) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await handler(records);
      } catch (error) {
        if (!isRetriable(error) || signal.aborted) throw error;
        const waitMs = backoffMs(attempt, pacing);
        log.warn(
          { err: error, stage, attempt, waitMs, records: records.length },
          'batch will be retried',
        );
        onRetry();
        await pause(waitMs, signal);
        if (signal.aborted) throw error;
      }
    }
  };
}

/** Resolves after `waitMs`, or at once when the signal fires. */
export function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    signal.addEventListener('abort', done);
  });
}

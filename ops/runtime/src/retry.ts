import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './clock.ts';

export type Backoff = { baseMs: number; maxMs: number };

export type RetryOptions = Backoff & {
  /** Calls in all, the first included. Without it only the deadline ends the trying. */
  attempts?: number;
  /** Milliseconds from the first call after which no new call is started. */
  deadlineMs?: number;
  /** Decides by the error alone whether another call can help. */
  retriable(error: unknown): boolean;
  /** Told before each wait: the error, the number of calls so far, and the wait. */
  onRetry?(error: unknown, attempt: number, waitMs: number): void;
  /** Ends the waiting at once; the last error is thrown. */
  signal?: AbortSignal;
};

/**
 * Full jitter: a random wait between 0 and min(maxMs, baseMs × 2^(attempt − 1)), so that those who
 * failed together do not come back together.
 * @param attempt number of calls made so far, from 1
 */
export function backoffMs(attempt: number, backoff: Backoff, random = Math.random): number {
  const ceilingMs = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * ceilingMs);
}

/**
 * Calls `attempt` until it succeeds, the error is not retriable, or a bound is met; then throws the
 * last error. At least one of `attempts` and `deadlineMs` is required: nothing retries for ever.
 */
export async function retry<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { attempts = Infinity, deadlineMs = Infinity } = options;
  if (attempts === Infinity && deadlineMs === Infinity && options.signal === undefined) {
    throw new TypeError('retry needs attempts, deadlineMs or a signal: nothing retries for ever');
  }
  const startMs = monotonicMs();
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = backoffMs(count, options);
      const exhausted = count >= attempts || monotonicMs() - startMs + waitMs >= deadlineMs;
      if (exhausted || options.signal?.aborted === true || !options.retriable(error)) throw error;
      options.onRetry?.(error, count, waitMs);
      if (!(await waited(waitMs, options.signal))) throw error;
    }
  }
}

async function waited(waitMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(waitMs, undefined, signal === undefined ? undefined : { signal });
    return true;
  } catch {
    return false; // aborted: the caller throws the error that made it wait
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonicMs } from '@wallet/runtime';
import type { RedisLinks } from './redis-links.ts';

/**
 * When a batch may be sent. A request whose deadline has passed still counts its payments when
 * Redis gets to it, so the connection is kept; but nothing is sent behind it until it is answered.
 */
export type Turn = {
  /**
   * Resolves true as soon as a batch may be sent. False after `waitMs`, and almost at once when
   * Redis has been away for a while: waiting would only delay every degraded decision.
   */
  comes(waitMs: number): Promise<boolean>;
  /** An overdue exchange: the next batch waits for it. */
  waitFor(exchanged: Promise<void>): void;
};

/** Enough for one hiccup or one reconnect of a healthy server. */
const patienceMs = 250;
/** After that a request is not late but lost, and the connection is given up. */
const lostAfterMs = 1_000;

export function createTurn(links: RedisLinks): Turn {
  let overdue: { exchanged: Promise<void>; sinceMs: number } | null = null;
  return {
    async comes(waitMs) {
      if (overdue === null && links.ready()) return true;
      const awayForMs = overdue === null ? links.downForMs() : monotonicMs() - overdue.sinceMs;
      if (awayForMs > patienceMs) {
        // One turn of the event loop: a caller that goes on at once must not keep Redis away.
        await nextTurn();
        return overdue === null && links.ready();
      }
      if (overdue !== null) return (await inTime(overdue.exchanged, waitMs)) && links.ready();
      return links.becomesReady(waitMs);
    },
    waitFor(exchanged) {
      const mine = { exchanged, sinceMs: monotonicMs() };
      overdue = mine;
      const timer = setTimeout(
        () => links.dropOverdue('a request was never answered'),
        lostAfterMs,
      );
      void exchanged.finally(() => {
        clearTimeout(timer);
        if (overdue === mine) overdue = null;
      });
    },
  };
}

/**
 * Whether the work is done within `waitMs`. When this process itself was busy, the answer may lie
 * in the socket already: it gets one turn of the event loop to be read.
 */
export function inTime(work: Promise<void>, waitMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => setImmediate(() => setImmediate(() => resolve(false))),
      Math.max(1, waitMs),
    );
    work.then(() => {
      clearTimeout(timer);
      resolve(true);
    }, reject);
  });
}

import { monotonicMs } from '../clock.ts';
import type { Log } from '../log.ts';
import { backoffMs } from '../retry.ts';
import { openRedisSession, type OnReply, type RedisSession } from './session.ts';

/**
 * A connection to one Redis for pipelined requests whose answers have a deadline of their own.
 * Whatever is lost is reported at once, never queued; the link comes back by itself.
 */
export type RedisLink = {
  /** True when the handshake is done and requests are answered. */
  ready(): boolean;
  /** Resolves true as soon as the link is ready, false after `waitMs` or when it is closed. */
  becomesReady(waitMs: number): Promise<boolean>;
  /** How long it has not been ready; 0 while it is. */
  downForMs(): number;
  /**
   * Sends a whole request of `count` commands; `onReply` is called `count` times, in order. Of text
   * each character is one byte.
   */
  send(request: Buffer | string, count: number, onReply: OnReply): void;
  /** True while a reply is waited for. */
  busy(): boolean;
  /** Gives this socket up, with all that waits on it, and connects anew. */
  drop(reason: string): void;
  close(): void;
};

const reconnect = { baseMs: 20, maxMs: 1_000 };

export function createRedisLink(options: {
  url: string;
  /** Commands sent before the link counts as ready, each with its parts. */
  prepare: readonly (readonly string[])[];
  /** Who asks, and what becomes of it while Redis is away: for the log. */
  asker: { name: string; without: string };
  log: Log;
}): RedisLink {
  const { prepare, asker, log } = options;
  const target = new URL(options.url);
  const waiters = createWaiters();
  let attempt = 0;
  let downSinceMs: number | null = monotonicMs();
  let retryTimer: NodeJS.Timeout | undefined;
  let closed = false;
  let session = open();

  function open(): RedisSession {
    return openRedisSession({ target, prepare, onReady, onLost });
  }

  function onReady(): void {
    if (attempt > 0) log.info({ attempt }, `${asker.name}: Redis answers again`);
    attempt = 0;
    downSinceMs = null;
    waiters.tell(true);
  }

  function onLost(reason: string): void {
    downSinceMs ??= monotonicMs();
    if (closed) return;
    attempt += 1;
    const waitMs = backoffMs(attempt, reconnect);
    log.warn({ reason, attempt, waitMs }, `${asker.name}: Redis is away, ${asker.without}`);
    retryTimer = setTimeout(() => {
      session = open();
    }, waitMs);
  }

  return {
    ready: () => downSinceMs === null,
    becomesReady(waitMs) {
      if (downSinceMs === null || closed) return Promise.resolve(!closed);
      return waiters.wait(waitMs);
    },
    downForMs: () => (downSinceMs === null ? 0 : monotonicMs() - downSinceMs),
    send: (request, count, onReply) => session.send(request, count, onReply),
    busy: () => session.busy(),
    drop: (reason) => session.end(reason),
    close() {
      closed = true;
      clearTimeout(retryTimer);
      session.end('closed');
      waiters.tell(false);
    },
  };
}

function createWaiters() {
  const waiting = new Set<(ready: boolean) => void>();
  return {
    wait(waitMs: number): Promise<boolean> {
      return new Promise((resolve) => {
        const settle = (ready: boolean): void => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(ready);
        };
        const timer = setTimeout(() => settle(false), waitMs);
        waiting.add(settle);
      });
    },
    tell(ready: boolean): void {
      for (const settle of waiting) settle(ready);
    },
  };
}

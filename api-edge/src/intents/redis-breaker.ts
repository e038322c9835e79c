import type { Log } from '@wallet/runtime';
import { createBreaker, type Breaker } from './breaker.ts';

/** A request waits 100 ms for Redis at most. Three find out so; then for a second nobody waits. */
export function createRedisBreaker(log: Log): Breaker {
  return createBreaker({
    threshold: 3,
    restMs: 1_000,
    timeoutMs: 100,
    onOpen: (error) => log.warn({ err: error }, 'redis fails: going on by the ledger'),
  });
}

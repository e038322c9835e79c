import { hash } from 'node:crypto';
import { monotonicMs, type Log } from '@wallet/runtime';
import { LRUCache } from 'lru-cache';
import type { Redis } from '../redis.ts';

export type Lockout = {
  /** Seconds until another try is allowed; 0 when it is now. */
  blockedSeconds(address: string, account: string): Promise<number>;
  /** Counts a failure. @returns whether it was the one that locks */
  failed(address: string, account: string): Promise<boolean>;
};

const windowSeconds = 60;

// KEYS[1] the counter, ARGV[1] seconds of its window. Counts one, and returns the count. A counter
// without an end would lock for ever: whatever took it, it gets one.
const failedScript = `
local failures = redis.call('incr', KEYS[1])
if redis.call('ttl', KEYS[1]) < 0 then redis.call('expire', KEYS[1], ARGV[1]) end
return failures`;

/**
 * Counts failed logins per client address and account in windows of a minute, on all instances
 * together. Without Redis each instance counts alone.
 */
export function createLockout(options: {
  redis: Redis;
  keyPrefix: string;
  maxFailures: number;
  log: Log;
}): Lockout {
  const { redis, keyPrefix, maxFailures, log } = options;
  const own = new LRUCache<string, { failures: number; endMs: number }>({ max: 10_000 });
  // Neither addresses nor accounts belong into the keys of a cache in the clear.
  const keyOf = (address: string, account: string): string =>
    `${keyPrefix}edge:failed-logins:${hash('sha256', `${address}|${account}`, 'base64url')}`;
  const ownOf = (key: string) => {
    const entry = own.get(key);
    return entry !== undefined && entry.endMs > monotonicMs() ? entry : null;
  };

  return {
    async blockedSeconds(address, account) {
      const key = keyOf(address, account);
      const entry = ownOf(key);
      const ownBlock =
        entry !== null && entry.failures >= maxFailures
          ? Math.ceil((entry.endMs - monotonicMs()) / 1_000)
          : 0;
      try {
        const [failures, seconds] = await redis.ask([
          ['GET', key],
          ['TTL', key],
        ]);
        const shared = Number(failures ?? 0) >= maxFailures ? Math.max(1, Number(seconds)) : 0;
        return Math.max(ownBlock, shared);
      } catch (error) {
        log.debug({ err: error }, 'failed logins are counted by this instance alone');
        return ownBlock;
      }
    },
    async failed(address, account) {
      const key = keyOf(address, account);
      const entry = ownOf(key) ?? { failures: 0, endMs: monotonicMs() + windowSeconds * 1_000 };
      const failures = entry.failures + 1;
      own.set(key, { ...entry, failures });
      try {
        // The first failure opens the window; the others do not move its end.
        const [shared] = await redis.ask([['EVAL', failedScript, '1', key, String(windowSeconds)]]);
        return Number(shared) === maxFailures;
      } catch (error) {
        log.debug({ err: error }, 'failed logins are counted by this instance alone');
        return failures === maxFailures;
      }
    },
  };
}

import { Redis } from 'ioredis';
import type { Log } from '@wallet/runtime';

/**
 * A connection that owes answers and stays silent this long is replaced. How long a request waits
 * is the breaker's business: a timer for every command would cost more than the command.
 */
const socketTimeoutMs = 3_000;
const connectTimeoutMs = 1_000;
const longestReconnectMs = 500;

/**
 * The edge's one connection to Redis. While it is down every command fails at once: nothing queues
 * up, and each caller has its stated way to go on. Commands of one tick share one write.
 */
export function createRedis(options: { url: string; log: Log }): Redis {
  const { url, log } = options;
  const redis = new Redis(url, {
    socketTimeout: socketTimeoutMs,
    connectTimeout: connectTimeoutMs,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 50, longestReconnectMs),
  });
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) log.warn({ err: error }, 'redis is away: going on by the ledger');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info('redis is back');
    down = false;
  });
  return redis;
}

import { Fault } from '@wallet/runtime';
import type { RedisLink } from '@wallet/runtime/redis';
import { askLink } from '../fraud/ask.ts';

const patienceMs = 2_000;
const keptMs = 60_000;

/**
 * Writes a short-lived key: a Redis that answers and takes no writes (full, a replica) is away for
 * whoever counts with it.
 * @param key of the monitor alone
 * @returns a look that throws when Redis does not take it in time
 */
export function createRedisLook(options: {
  link: Pick<RedisLink, 'send' | 'drop'>;
  key: string;
}): () => Promise<void> {
  const { link, key } = options;
  return async () => {
    const timer = setTimeout(() => link.drop('the monitor waits in vain'), patienceMs);
    const reply = await askLink(link, ['SET', key, '1', 'PX', String(keptMs)]);
    clearTimeout(timer);
    // Another node of the cluster has the key: this one is there.
    if (reply.kind !== 'error' || reply.code === 'MOVED') return;
    throw new Fault('redis_unavailable', `Redis: ${reply.message}`, { retriable: true });
  };
}

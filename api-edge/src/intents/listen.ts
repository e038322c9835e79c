import type { Log } from '@wallet/runtime';
import type { Subscription } from '@wallet/schemas';
import type { Waiters } from './waiters.ts';

const batchRecords = 1_000;

/**
 * Wakes waiting clients: reads the keys of the event topics, and nothing else of them. Resolves
 * when the subscription has been stopped.
 */
export async function wakeByEvents(options: {
  subscription: Subscription;
  waiters: Waiters;
  log: Log;
}): Promise<void> {
  const { subscription, waiters, log } = options;
  subscription.start();
  for (;;) {
    try {
      const batch = await subscription.take(batchRecords);
      if (batch === null) return;
      for (const { key } of batch.records) if (key !== null) waiters.wake(key);
    } catch (error) {
      // Nobody is stuck: each waiting client looks once more before its time runs out.
      log.error({ err: error }, 'reading events for waiting clients failed');
      waiters.wakeAll();
      await subscription.reset();
    }
  }
}

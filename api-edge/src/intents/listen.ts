import { beginSpan, isSampled, type Log } from '@wallet/runtime';
import type { InboundRecord, Subscription } from '@wallet/schemas';
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
      for (const record of batch.records)
        if (record.key !== null && waiters.wake(record.key)) noteWaking(record);
    } catch (error) {
      // Nobody is stuck: each waiting client looks once more before its time runs out.
      log.error({ err: error }, 'reading events for waiting clients failed');
      waiters.wakeAll();
      await subscription.reset();
    }
  }
}

/** The step by which an event reaches the client that waits for it. */
function noteWaking({ topic, headers }: InboundRecord): void {
  const { traceparent } = headers;
  if (!isSampled(traceparent)) return;
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.consumer.group.name': 'edge',
  };
  beginSpan(`process ${topic}`, { kind: 'consumer', parent: traceparent, attributes })?.end();
}

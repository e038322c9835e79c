import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { createNotificationsProcessor, notificationsGroup } from './processor.ts';

export const notificationsTopics = [topics.paymentEvents.name] as const;

/** Nobody waits for an inbox: larger batches leave the machine to the payments. */
const gapMs = 100;

export async function startNotifications(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, onClose } = context;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet notifications',
    role: 'wallet_app',
  });
  onClose('notifications connection', () => connection.close());
  const publisher = wire.createPublisher();
  onClose('notifications publisher', () => publisher.close());
  const offsets = createStandingOffsets(database, notificationsGroup);
  const processor = createNotificationsProcessor({
    ...{ connection, publisher, offsets, log, metrics, codec: wire.codec },
  });
  const subscription = wire.createSubscription({
    group: notificationsGroup,
    topics: notificationsTopics,
    positions: offsets.positions,
    pace: () => sleep(gapMs),
  });
  return runLoop(context, {
    stage: 'notifications',
    subscription,
    handler: processor.handle,
    maxBatchRecords: 1_000,
    gapMs,
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from '@wallet/core-ledger';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { withTransactionSteps } from '../runner/trace.ts';
import { createNotificationsProcessor, notificationsGroup } from './processor.ts';
import { notificationsTopics } from './sources.ts';

/** Nobody waits for an inbox: larger batches leave the machine to the payments. */
const gapMs = 250;
/** A fetch names every partition of six topics: while nothing happens, few do. */
const maxWaitMs = 500;

export async function startNotifications(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, clock, onClose } = context;
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
    connection: withTransactionSteps(connection),
    ...{ publisher, offsets, log, metrics, clock, codec: wire.codec },
  });
  const subscription = wire.createSubscription({
    group: notificationsGroup,
    topics: notificationsTopics,
    positions: offsets.positions,
    pace: () => sleep(gapMs),
    maxWaitMs,
  });
  return runLoop(context, {
    stage: 'notifications',
    subscription,
    handler: processor.handle,
    maxBatchRecords: 1_000,
    gapMs,
  });
}

import {
  createNotificationStore,
  createOffsetWriter,
  decideNotifications,
  type Connection,
} from '@wallet/core-ledger';
import { Fault, type Log, type Metrics } from '@wallet/runtime';
import { topics, type Codec, type InboundRecord, type Publisher } from '@wallet/schemas';
import { deadLetterOf } from '../runner/dead-letter.ts';
import { positionsBehind, type Handler } from '../runner/handler.ts';
import type { StandingOffsets } from '../runner/standing-offsets.ts';

export const notificationsGroup = 'notifications';

/**
 * Tells the parties of a payment what happened: one inbox row for each event and recipient, in one
 * transaction with the offsets of the batch. A notification never holds a payment up: it reads the
 * events that settlement has already committed.
 */
export function createNotificationsProcessor(deps: {
  connection: Connection;
  codec: Codec;
  publisher: Publisher;
  offsets: StandingOffsets;
  log: Log;
  metrics: Metrics;
}): { handle: Handler } {
  const { connection, codec, publisher, offsets, log, metrics } = deps;
  const offsetWriter = createOffsetWriter();
  const store = createNotificationStore();

  async function putAside(record: InboundRecord, reason: string, detail: string): Promise<void> {
    const { topic, partition, offset } = record;
    log.error({ topic, partition, offset, reason }, 'event cannot be read: dead letter');
    metrics.inc('wallet_stage_records_total', { stage: 'notifications', outcome: 'dead_letter' });
    await publisher.publish(deadLetterOf(record, { reason, detail, attempts: 1 }));
  }

  function count(result: 'delivered' | 'duplicate', notifications: number): void {
    metrics.inc('wallet_notifications_total', { channel: 'inbox', result }, notifications);
  }

  return {
    async handle(records) {
      await codec.load(records);
      const notifications = [];
      for (const record of records) {
        const decoded = codec.decode(topics.paymentEvents, record.value);
        if (decoded.ok) notifications.push(...decideNotifications(decoded.value));
        else if (decoded.reason === 'schema_not_loaded')
          throw new Fault(decoded.reason, decoded.detail, { retriable: true });
        else await putAside(record, decoded.reason, decoded.detail);
      }
      const moves = offsets.moves(records);
      const transaction = await connection.begin([offsetWriter.advance(notificationsGroup, moves)]);
      if (transaction.answers[0]?.rowCount !== moves.length) {
        await transaction.rollback();
        throw new Fault('zombie', 'the offsets of this batch have moved', { retriable: false });
      }
      const writes = notifications.length === 0 ? [] : [store.insert(notifications)];
      const [inserted] = await transaction.commit(writes);
      offsets.moved(moves);
      const delivered = inserted?.rowCount ?? 0;
      count('delivered', delivered);
      count('duplicate', notifications.length - delivered);
      metrics.inc(
        'wallet_stage_records_total',
        { stage: 'notifications', outcome: 'done' },
        records.length,
      );
      return positionsBehind(records);
    },
  };
}

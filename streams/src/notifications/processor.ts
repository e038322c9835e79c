import {
  createDeliveryWriter,
  createEmailWriter,
  createNotificationStore,
  createOffsetWriter,
  decideDeliveries,
  decideEmails,
  decideNotifications,
  isToldAgain,
  readInterest,
  templateOf,
  type Connection,
  type NotificationStore,
  type OffsetMove,
  type WebhookDelivery,
} from '@wallet/core-ledger';
import { Fault, type Clock, type Log, type Metrics } from '@wallet/runtime';
import type { Codec, Publisher } from '@wallet/schemas';
import { positionsBehind, type Handler } from '../runner/handler.ts';
import type { StandingOffsets } from '../runner/standing-offsets.ts';
import { createFactReader, type ToldFact } from './facts.ts';
import { readWanted, type Wanted } from './wanted.ts';

export const notificationsGroup = 'notifications';

type Dependencies = {
  connection: Connection;
  codec: Codec;
  publisher: Publisher;
  offsets: StandingOffsets;
  log: Log;
  metrics: Metrics;
  clock: Clock;
};

/**
 * Tells the parties what happened to payments, refunds and the like: one inbox row for each event
 * and recipient, one e-mail for those who want them and one delivery for each of their endpoints,
 * in one transaction with the offsets of the batch. A notification never holds anything up: it
 * reads the events that were committed before.
 */
export function createNotificationsProcessor(deps: Dependencies): { handle: Handler } {
  const { offsets, metrics } = deps;
  const store = createNotificationStore();
  const read = createFactReader(deps);
  const tell = createTelling(deps);
  /**
   * Offsets and rows are committed together, so events come again only when they were published
   * again or offsets were set back: then one batch is tried twice, and those behind it with care.
   */
  let mayRepeat = false;

  return {
    async handle(records) {
      const told = await read(records);
      const moves = offsets.moves(records);
      try {
        const insert = mayRepeat ? store.insert : store.insertNew;
        mayRepeat = (await tell(told, moves, insert)) > 0;
      } catch (error) {
        if (!isToldAgain(error)) throw error;
        mayRepeat = true;
        await tell(told, moves, store.insert);
      }
      offsets.moved(moves);
      metrics.inc(
        'wallet_stage_records_total',
        { stage: 'notifications', outcome: 'done' },
        records.length,
      );
      return positionsBehind(records);
    },
  };
}

type Tell = (
  told: readonly ToldFact[],
  moves: OffsetMove[],
  insert: NotificationStore['insert'],
) => Promise<number>;

/** One transaction; answers how many had been told before. Faults: `zombie`, `isToldAgain`. */
function createTelling({ connection, metrics, clock }: Dependencies): Tell {
  const offsetWriter = createOffsetWriter();
  const deliveryWriter = createDeliveryWriter();
  const emailWriter = createEmailWriter();

  function count(channel: 'inbox' | 'email' | 'webhook', wanted: number, written: number): void {
    const name = 'wallet_notifications_total';
    // Webhooks and e-mails are delivered when they have arrived.
    if (channel === 'inbox') metrics.inc(name, { channel, result: 'delivered' }, written);
    metrics.inc(name, { channel, result: 'duplicate' }, wanted - written);
  }

  return async (told, moves, insert) => {
    const parties = new Set(told.flatMap(({ fact }) => [fact.payer_id, fact.payee_id]));
    const transaction = await connection.begin([
      offsetWriter.advance(notificationsGroup, moves),
      ...(parties.size === 0 ? [] : [readInterest(parties)]),
    ]);
    const [moved, interest] = transaction.answers;
    if (moved?.rowCount !== moves.length) {
      await transaction.rollback();
      throw new Fault('zombie', 'the offsets of this batch have moved', { retriable: false });
    }
    const wanted = await readWanted(transaction, deliveryWriter, interest);
    const { wishes, readers } = wanted;
    const notifications = told.flatMap(({ fact }) => decideNotifications(fact, wishes));
    const emails = decideEmails(notifications, readers, wishes, clock.nowMs());
    const deliveries = deliveriesOf(told, wanted);
    const answers = await transaction.commit([
      ...(notifications.length === 0 ? [] : [insert(notifications)]),
      ...(emails.length === 0 ? [] : [emailWriter.insert(emails)]),
      ...(deliveries.length === 0 ? [] : [deliveryWriter.insert(deliveries)]),
    ]);
    const rows = answers.map(({ rowCount }) => rowCount);
    const inbox = notifications.length === 0 ? 0 : (rows.shift() ?? 0);
    count('inbox', notifications.length, inbox);
    count('email', emails.length, emails.length === 0 ? 0 : (rows.shift() ?? 0));
    count('webhook', deliveries.length, deliveries.length === 0 ? 0 : (rows.shift() ?? 0));
    return notifications.length - inbox;
  };
}

/** Each party hears of an event at its own endpoints, as it asked for. */
function deliveriesOf(told: readonly ToldFact[], { listeners, wishes }: Wanted): WebhookDelivery[] {
  if (listeners.size === 0) return [];
  return told.flatMap(({ fact, traceparent }) => {
    const { event_id: eventId, type, occurred_at: occurredAtMs, object } = fact;
    if (object === null) return [];
    const event = { eventId, type, occurredAtMs, object, traceparent };
    return [...new Set([fact.payer_id, fact.payee_id])].flatMap((party) =>
      decideDeliveries(
        event,
        listeners.get(party) ?? [],
        wishes.isWanted(party, templateOf(type), 'webhook'),
      ),
    );
  });
}

import { readGauges, type Database, type Waiting } from '@wallet/core-ledger';
import type { Clock, Metrics } from '@wallet/runtime';

/** Writes what only the database knows: what waits, is overdue or parked, outbox, balances. */
export function createDatabaseLook(options: {
  database: Database;
  metrics: Metrics;
  clock: Clock;
}): () => Promise<void> {
  const { database, metrics, clock } = options;
  // Nothing waits: the time of the look, so that an age drawn from it is 0 and not a gap.
  const sinceSeconds = ({ oldestAtMs }: Waiting): number => (oldestAtMs ?? clock.nowMs()) / 1000;
  return async () => {
    const { waiting, overdue, parked, unpublished, imbalances } = await readGauges(database.knex);
    for (const state of ['in_review', 'authorized'] as const) {
      metrics.set('wallet_payments_pending', { state }, waiting[state].count);
      const oldestAt = 'wallet_payments_oldest_pending_timestamp_seconds';
      metrics.set(oldestAt, { state }, sinceSeconds(waiting[state]));
    }
    for (const kind of ['authorizations', 'reviews', 'holds'] as const) {
      metrics.set('wallet_timers_overdue', { kind }, overdue[kind].count);
      const oldestDue = 'wallet_timers_oldest_overdue_timestamp_seconds';
      metrics.set(oldestDue, { kind }, sinceSeconds(overdue[kind]));
    }
    metrics.set('wallet_parked_intents', {}, parked.count);
    metrics.set('wallet_parked_oldest_timestamp_seconds', {}, sinceSeconds(parked));
    metrics.set('wallet_outbox_unpublished_events', {}, unpublished.count);
    const oldestEvent = 'wallet_outbox_oldest_unpublished_timestamp_seconds';
    metrics.set(oldestEvent, {}, sinceSeconds(unpublished));
    for (const { currency, sumMinor } of imbalances) {
      metrics.set('wallet_ledger_imbalance_minor_units', { currency }, Number(sumMinor));
    }
  };
}

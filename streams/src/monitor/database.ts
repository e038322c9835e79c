import {
  openDisputeStatuses,
  overdueKinds,
  readGauges,
  takesWrites,
  ticketClocks,
  unfinishedTicketStatuses,
  type Database,
  type LedgerGauges,
  type Waiting,
} from '@wallet/core-ledger';
import { Fault, type Clock, type Metrics } from '@wallet/runtime';

/**
 * Writes what only the database knows: what waits, is overdue or parked, outbox, balances. A
 * database that takes no writes has not answered: nobody can work with it.
 */
export function createDatabaseLook(options: {
  database: Database;
  metrics: Metrics;
  clock: Clock;
}): () => Promise<void> {
  const { database, metrics, clock } = options;
  // Nothing waits: the time of the look, so that an age drawn from it is 0 and not a gap.
  const sinceSeconds = ({ oldestAtMs }: Waiting): number => (oldestAtMs ?? clock.nowMs()) / 1000;
  return async () => {
    const gauges = await readGauges(database.knex);
    const { waiting, overdue, refunds, disputes, debts, parked, unpublished, balances } = gauges;
    for (const endpoints of ['well', 'failing'] as const) {
      const due = gauges.webhooks[endpoints];
      metrics.set('wallet_webhook_waiting', { endpoints }, due.count);
      const oldestDue = 'wallet_webhook_oldest_due_timestamp_seconds';
      metrics.set(oldestDue, { endpoints }, sinceSeconds(due));
    }
    metrics.set('wallet_emails_waiting', {}, gauges.emails.count);
    metrics.set('wallet_emails_oldest_due_timestamp_seconds', {}, sinceSeconds(gauges.emails));
    for (const state of ['in_review', 'authorized'] as const) {
      metrics.set('wallet_payments_pending', { state }, waiting[state].count);
      const oldestAt = 'wallet_payments_oldest_pending_timestamp_seconds';
      metrics.set(oldestAt, { state }, sinceSeconds(waiting[state]));
    }
    for (const kind of overdueKinds) {
      metrics.set('wallet_timers_overdue', { kind }, overdue[kind].count);
      const oldestDue = 'wallet_timers_oldest_overdue_timestamp_seconds';
      metrics.set(oldestDue, { kind }, sinceSeconds(overdue[kind]));
    }
    metrics.set('wallet_refunds_waiting', {}, refunds.count);
    metrics.set('wallet_refunds_oldest_waiting_timestamp_seconds', {}, sinceSeconds(refunds));
    for (const status of openDisputeStatuses) {
      metrics.set('wallet_disputes_open', { status }, disputes[status].count);
      const nextDue = 'wallet_disputes_next_due_timestamp_seconds';
      metrics.set(nextDue, { status }, sinceSeconds(disputes[status]));
    }
    for (const status of unfinishedTicketStatuses) {
      metrics.set('wallet_tickets_open', { status }, gauges.tickets[status].count);
    }
    for (const clock of ticketClocks) {
      metrics.set('wallet_tickets_late', { clock }, gauges.lateTickets[clock].count);
    }
    metrics.set('wallet_debtors', {}, debts.count);
    metrics.set('wallet_debtors_oldest_timestamp_seconds', {}, sinceSeconds(debts));
    for (const state of ['pending_approval', 'in_transit'] as const) {
      metrics.set('wallet_settlements_waiting', { state }, gauges.settlements[state].count);
      const oldestAt = 'wallet_settlements_oldest_waiting_timestamp_seconds';
      metrics.set(oldestAt, { state }, sinceSeconds(gauges.settlements[state]));
    }
    writeInTransit(metrics, gauges.inTransit);
    metrics.set('wallet_parked_intents', {}, parked.count);
    metrics.set('wallet_parked_oldest_timestamp_seconds', {}, sinceSeconds(parked));
    metrics.set('wallet_outbox_unpublished_events', {}, unpublished.count);
    const oldestEvent = 'wallet_outbox_oldest_unpublished_timestamp_seconds';
    metrics.set(oldestEvent, {}, sinceSeconds(unpublished));
    writeBalances(metrics, balances);
    if (await takesWrites(database.knex)) return;
    throw new Fault('read_only', 'PostgreSQL takes no writes', { retriable: true });
  };
}

function writeInTransit(metrics: Metrics, inTransit: LedgerGauges['inTransit']): void {
  for (const { currency, minorByAge } of inTransit) {
    for (const age of ['day', 'three_days', 'older'] as const) {
      const name = 'wallet_settlements_in_transit_minor_units';
      metrics.set(name, { currency, age }, Number(minorByAge[age]));
    }
  }
}

/** Summed as integers: a float would lose the minor unit that is looked for. */
function writeBalances(metrics: Metrics, balances: LedgerGauges['balances']): void {
  const sums = new Map<string, bigint>();
  for (const { kind, currency, balanceMinor, heldMinor } of balances) {
    const labels = { kind, currency };
    metrics.set('wallet_ledger_balance_minor_units', labels, Number(balanceMinor));
    metrics.set('wallet_ledger_held_minor_units', labels, Number(heldMinor));
    sums.set(currency, (sums.get(currency) ?? 0n) + balanceMinor);
  }
  for (const [currency, sumMinor] of sums)
    metrics.set('wallet_ledger_imbalance_minor_units', { currency }, Number(sumMinor));
}

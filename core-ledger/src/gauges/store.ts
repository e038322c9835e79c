import type { Queryable } from '../database/database.ts';
import { overdueDebts } from '../debts/collect.ts';
import type { AccountKind } from '../ledger/chart.ts';
import { overdueClearing } from '../merchants/clearing-statements.ts';
import { deadlines, dueConditions } from '../payments/timed.ts';
import { openDisputeStatuses } from '../disputes/dispute.ts';
import type { OpenDisputeStatus } from '../disputes/dispute.ts';
import { refundWaitDays } from '../refunds/refund.ts';
import { readInTransit, waitingSettlements } from '../settlements/ageing.ts';
import type { InTransit } from '../settlements/ageing.ts';
import { overdueWindows } from '../settlements/window-store.ts';
import { overdueTickets } from '../tickets/store.ts';
import { ticketGauges, unfinishedTicketStatuses } from '../tickets/gauges.ts';
import type { UnfinishedTicketStatus } from '../tickets/gauges.ts';
import { ticketClocks } from '../tickets/clock.ts';
import type { TicketClockName } from '../tickets/clock.ts';
import { dueEmails } from '../emails/due.ts';
import { dueDeliveries } from '../webhooks/due.ts';
import { overdueWithdrawals } from '../withdrawals/store.ts';

/** What the database alone knows about work that has not ended. */
export type LedgerGauges = {
  /** Payments that wait for somebody, by status. */
  waiting: { in_review: Waiting; authorized: Waiting };
  /** Past their deadline, and since when: what timers have not come round to. */
  overdue: Record<OverdueKind, Waiting>;
  /** Refunds whose payee is short. */
  refunds: Waiting;
  /** Disputes that wait for somebody, by status; the oldest by when it is due. */
  disputes: Record<OpenDisputeStatus, Waiting>;
  /** Tickets that are not closed, by status. */
  tickets: Record<UnfinishedTicketStatus, Waiting>;
  /** Tickets that wait for us with a promise broken, by its clock. */
  lateTickets: Record<TicketClockName, Waiting>;
  /** Wallets that owe, and since when. */
  debts: Waiting;
  /** Batches that wait for a second person, and for the bank. */
  settlements: { pending_approval: Waiting; in_transit: Waiting };
  inTransit: InTransit[];
  parked: Waiting;
  /** Deliveries that are due: to endpoints in order, and to those that fail. */
  webhooks: { well: Waiting; failing: Waiting };
  /** E-mails that are due. */
  emails: Waiting;
  /** Committed events without a mark that they reached Kafka. */
  unpublished: Waiting;
  /** What all accounts of a kind hold: of a currency they sum to 0 in double entry. */
  balances: { kind: AccountKind; currency: string; balanceMinor: bigint; heldMinor: bigint }[];
};

/** What ends or changes at a time of its own; the jobs of timers have the same names. */
export const overdueKinds = [
  ...(['authorizations', 'reviews', 'holds', 'clearing', 'refunds', 'rail'] as const),
  ...(['disputes', 'debts', 'tickets', 'settlements'] as const),
] as const;

type OverdueKind = (typeof overdueKinds)[number];

/** How many, and since when the oldest waits (null when none does). */
export type Waiting = { count: number; oldestAtMs: number | null };

type BalanceRow = {
  kind: AccountKind;
  currency: string;
  balance_minor: string;
  held_minor: string;
};
type WaitingRow = { what: string; count: string; oldest_ms: string | null };

/** Each as (what, how many, since when in milliseconds since 1970). */
const waitingSql = `
    select status as what, count(*), extract(epoch from min(accepted_at)) * 1000 as oldest_ms
      from payment where status in ('in_review', 'authorized') group by status
    union all
    select 'authorizations', count(*), extract(epoch from min(${deadlines.authorized})) * 1000
      from payment p where ${dueConditions.authorized}
    union all
    select 'reviews', count(*), extract(epoch from min(${deadlines.in_review})) * 1000
      from payment p where ${dueConditions.in_review}
    union all
    select 'holds', count(*), extract(epoch from min(expires_at)) * 1000 from hold
      where state = 'open' and expires_at <= statement_timestamp() and payment_id is null
    union all ${overdueClearing}
    union all ${overdueWithdrawals}
    union all ${overdueWindows}
    union all ${overdueTickets}
    union all
    select 'refunds', count(*), extract(epoch from min(accepted_at)) * 1000 from refund
      where status = 'pending'
    union all
    select 'overdue refunds', count(*),
      extract(epoch from min(accepted_at) + interval '${refundWaitDays} days') * 1000 from refund
      where status = 'pending'
        and accepted_at <= statement_timestamp() - interval '${refundWaitDays} days'
    union all
    select 'dispute ' || status, count(*), extract(epoch from min(due_at)) * 1000 from dispute
      where due_at is not null group by status
    union all
    select 'disputes', count(*), extract(epoch from min(due_at)) * 1000 from dispute
      where due_at <= statement_timestamp()
    union all ${ticketGauges}
    union all
    select 'debts', count(*), extract(epoch from min(since)) * 1000 from wallet_debt
    union all ${overdueDebts}
    union all ${dueDeliveries}
    union all ${waitingSettlements}
    union all ${dueEmails}
    union all
    select 'parked', count(*), extract(epoch from min(parked_at)) * 1000 from parked
    union all
    select 'unpublished', coalesce(sum(record_count), 0),
      extract(epoch from min(created_at)) * 1000 from outbox_batch where published_at is null`;

/** Whether a transaction could write: not on a standby, nor where somebody has forbidden it. */
export async function takesWrites(db: Queryable): Promise<boolean> {
  const found = await db.raw<{ rows: { transaction_read_only: 'on' | 'off' }[] }>(
    'show transaction_read_only',
  );
  return found.rows[0]?.transaction_read_only === 'off';
}

/**
 * Reads every gauge in three statements. Each part is found by a partial index, but the balances:
 * they take one pass over the accounts.
 */
export async function readGauges(db: Queryable): Promise<LedgerGauges> {
  const waiting = await db.raw<{ rows: WaitingRow[] }>(waitingSql);
  const sums = await db.raw<{ rows: BalanceRow[] }>(
    `select kind, currency, sum(balance_minor)::text as balance_minor,
       sum(held_minor)::text as held_minor from account group by kind, currency`,
  );
  const rows = new Map(waiting.rows.map((row) => [row.what, row]));
  const of = (what: string): Waiting => {
    const row = rows.get(what);
    const oldestMs = row?.oldest_ms ?? null;
    return {
      count: Number(row?.count ?? 0),
      oldestAtMs: oldestMs === null ? null : Number(oldestMs),
    };
  };
  return {
    waiting: { in_review: of('in_review'), authorized: of('authorized') },
    overdue: {
      ...{ authorizations: of('authorizations'), reviews: of('reviews') },
      ...{ holds: of('holds'), clearing: of('clearing'), refunds: of('overdue refunds') },
      ...{ rail: of('rail'), disputes: of('disputes'), debts: of('overdue debts') },
      ...{ settlements: of('settlements'), tickets: of('tickets') },
    },
    refunds: of('refunds'),
    disputes: Object.fromEntries(
      openDisputeStatuses.map((status) => [status, of(`dispute ${status}`)]),
    ) as LedgerGauges['disputes'],
    tickets: Object.fromEntries(
      unfinishedTicketStatuses.map((status) => [status, of(`ticket ${status}`)]),
    ) as LedgerGauges['tickets'],
    lateTickets: Object.fromEntries(
      ticketClocks.map((clock) => [clock, of(`late ${clock}`)]),
    ) as LedgerGauges['lateTickets'],
    debts: of('debts'),
    settlements: {
      pending_approval: of('settlement pending_approval'),
      in_transit: of('settlement in_transit'),
    },
    inTransit: await readInTransit(db),
    parked: of('parked'),
    webhooks: { well: of('webhooks well'), failing: of('webhooks failing') },
    emails: of('emails'),
    unpublished: of('unpublished'),
    balances: sums.rows.map(({ kind, currency, balance_minor, held_minor }) => ({
      ...{ kind, currency },
      ...{ balanceMinor: BigInt(balance_minor), heldMinor: BigInt(held_minor) },
    })),
  };
}

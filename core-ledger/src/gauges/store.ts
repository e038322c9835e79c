import type { Queryable } from '../database/database.ts';
import { deadlines, dueConditions } from '../payments/timed.ts';

/** What the database alone knows about work that has not ended. */
export type LedgerGauges = {
  /** Payments that wait for somebody, by status. */
  waiting: { in_review: Waiting; authorized: Waiting };
  /** Past their deadline, and since when: what timers have not come round to. */
  overdue: { authorizations: Waiting; reviews: Waiting; holds: Waiting };
  parked: Waiting;
  /** Committed events without a mark that they reached Kafka. */
  unpublished: Waiting;
  /** Sum of the balances of all accounts by currency: 0 in double entry. */
  imbalances: { currency: string; sumMinor: bigint }[];
};

/** How many, and since when the oldest waits (null when none does). */
export type Waiting = { count: number; oldestAtMs: number | null };

type WaitingRow = { what: string; count: string; oldest_ms: string | null };

/**
 * Reads every gauge in two statements. Each part is found by a partial index, but the balances:
 * they take one pass over the accounts.
 */
export async function readGauges(db: Queryable): Promise<LedgerGauges> {
  const waiting = await db.raw<{ rows: WaitingRow[] }>(`
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
    union all
    select 'parked', count(*), extract(epoch from min(parked_at)) * 1000 from parked
    union all
    select 'unpublished', coalesce(sum(record_count), 0),
      extract(epoch from min(created_at)) * 1000 from outbox_batch where published_at is null`);
  const sums = await db.raw<{ rows: { currency: string; sum_minor: string }[] }>(
    'select currency, sum(balance_minor)::text as sum_minor from account group by currency',
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
    overdue: { authorizations: of('authorizations'), reviews: of('reviews'), holds: of('holds') },
    parked: of('parked'),
    unpublished: of('unpublished'),
    imbalances: sums.rows.map(({ currency, sum_minor }) => ({
      currency,
      sumMinor: BigInt(sum_minor),
    })),
  };
}

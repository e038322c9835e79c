import type { Queryable } from '../database/database.ts';
import type { Label } from './backtest.ts';

type KnownLabel = Exclude<Label, 'immature'>;

/**
 * What was known at `knownAt` of payments accepted between two times, where anything was: who is
 * not in it was captured and met no complaint. Cases of analysts and disputes decide, fraud first.
 * A payment that was never captured, or whose dispute is open, is `unknown`.
 */
export async function readLabels(
  db: Queryable,
  { from, to, knownAt }: { from: Date; to: Date; knownAt: Date },
): Promise<Map<string, KnownLabel>> {
  const { rows } = await db.raw<{ rows: { payment_id: string; label: KnownLabel }[] }>(
    `select p.id as payment_id,
       case
         when d.fraud or c.status = 'rejected' then 'fraud'
         when d.open then 'unknown'
         when d.good or c.status = 'approved' then 'good'
         else 'unknown'
       end as label
     from payment p
     left join fraud_case c on c.payment_id = p.id and c.closed_at <= :knownAt
     left join lateral (
       select count(*) > 0 as disputed,
         bool_or(reason = 'fraudulent' and decided_at <= :knownAt
           and status in ('lost', 'accepted', 'expired', 'partially_won')) as fraud,
         bool_or(decided_at is null or decided_at > :knownAt) as open,
         bool_or(decided_at <= :knownAt) as good
       from dispute where payment_id = p.id and accepted_at <= :knownAt and status <> 'failed'
     ) d on true
     -- Rows are never older than their payment: the index by time leaves out what lies before.
     where p.updated_at >= :from and p.accepted_at >= :from and p.accepted_at < :to
       and (p.status <> 'captured' or d.disputed or c.payment_id is not null)`,
    { from, to, knownAt },
  );
  return new Map(rows.map(({ payment_id, label }) => [payment_id, label]));
}

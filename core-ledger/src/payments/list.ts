import type { Queryable } from '../database/database.ts';
import type { PaymentStatus, PaymentView } from './payment.ts';
import { availableOnOf, paymentOf } from './store.ts';
import type { PaymentRow } from './store.ts';

/** Where a page ended: when that payment was accepted, in milliseconds, and its id. */
export type PaymentCursor = { readonly atMs: number; readonly id: string };

export type PaymentFilter = {
  readonly status?: PaymentStatus;
  /** Payer's or payee's. */
  readonly walletId?: string;
  /** Accepted in [from, to). */
  readonly from?: Date;
  readonly to?: Date;
};

/** Payments of each side that a page with a filter reads at most, whatever is left of them. */
const mostRead = 2_000;

/**
 * Payments that a user made or got, the newest accepted first. With a filter a page reads a bounded
 * range of an index: it may have fewer rows than `limit`, or none, and only `next` null is the end.
 * Payments that settlement has not decided are not among them.
 */
export async function listPayments(
  db: Queryable,
  options: {
    userId: string;
    filter: PaymentFilter;
    limit: number;
    after: PaymentCursor | null;
  },
): Promise<{ payments: PaymentView[]; next: PaymentCursor | null }> {
  const { userId, filter, limit, after } = options;
  const { status, walletId, from, to } = filter;
  const isSifted = status !== undefined || walletId !== undefined;
  const found = await db.raw<{ rows: (Bound & (PaymentRow | { id: null }))[] }>(pageSql, {
    userId,
    afterAt: after === null ? 'infinity' : new Date(after.atMs).toISOString(),
    afterId: after?.id ?? highestId,
    from: from?.toISOString() ?? '-infinity',
    to: to?.toISOString() ?? 'infinity',
    status: status ?? null,
    walletId: walletId ?? null,
    read: isSifted ? mostRead : limit + 1,
    limit: limit + 1,
  });
  const rows = found.rows.flatMap((row) => (row.id === null ? [] : [row]));
  const page = rows.slice(0, limit);
  return {
    payments: page.map(paymentOf),
    next: rows.length > limit ? endOf(page) : boundOf(found.rows),
  };
}

const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

type Bound = { bound_at: Date | null; bound_id: string | null };

function endOf(page: readonly PaymentRow[]): PaymentCursor | null {
  const last = page.at(-1);
  return last === undefined ? null : { atMs: last.accepted_at.getTime(), id: last.id };
}

function boundOf([row]: readonly Bound[]): PaymentCursor | null {
  const { bound_at: at = null, bound_id: id = null } = row ?? {};
  return at === null || id === null ? null : { atMs: at.getTime(), id };
}

const sideSql = (condition: string): string => `
  select * from payment where ${condition}
    and (accepted_at, id) < (:afterAt::timestamptz, :afterId::uuid)
    and accepted_at >= :from::timestamptz and accepted_at < :to::timestamptz
  order by accepted_at desc, id desc limit :read`;

const lastOf = (side: string): string => `
  select accepted_at, id, count(*) over () as rows,
    row_number() over (order by accepted_at, id) as place
  from ${side}`;

/**
 * A side that was read to its bound says nothing of what lies beyond: the page ends where the
 * first such side did. One row at least comes, so that the bound is told when nothing fits.
 */
const pageSql = `
  with made as materialized (${sideSql('payer_id = :userId::uuid')}),
  got as materialized (${sideSql('payee_id = :userId::uuid and payer_id <> :userId::uuid')}),
  bound as (
    select accepted_at, id from (${lastOf('made')} union all ${lastOf('got')}) side
    where rows = :read and place = 1 order by accepted_at desc, id desc limit 1
  )
  select page.*, ${availableOnOf('page')}, bound.accepted_at as bound_at, bound.id as bound_id
  from (select) always left join bound on true left join lateral (
    select * from (select * from made union all select * from got) p
    where (bound.id is null or (p.accepted_at, p.id) >= (bound.accepted_at, bound.id))
      and (:status::text is null or p.status = :status)
      and (:walletId::uuid is null or :walletId in (p.payer_wallet_id, p.payee_wallet_id))
    order by p.accepted_at desc, p.id desc limit :limit
  ) page on true
  order by page.accepted_at desc, page.id desc`;

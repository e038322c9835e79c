import type { Queryable } from '../database/database.ts';
import { runStatement } from '../database/statements.ts';
import type { SettlementStatus } from './settlement.ts';
import { shownColumns, viewOf, withBatch } from './store.ts';
import type { SettlementView } from './store.ts';

/** Where a page ended: when that settlement was accepted, in milliseconds, and its id. */
export type SettlementCursor = { readonly acceptedAtMs: number; readonly id: string };

export type SettlementFilter = {
  readonly walletId?: string | undefined;
  readonly windowId?: string | undefined;
  /** As it is shown: one that has its place in a window is what its batch is. */
  readonly status?: SettlementStatus | undefined;
  readonly currency?: string | undefined;
};

/** Settlements that a page of one status or currency reads at most, whatever is left of them. */
const mostRead = 2_000;

/**
 * Settlements of an owner, or of all (null), the newest accepted first. With a status or a currency
 * a page reads a bounded range: it may have fewer rows than `limit`, or none, and only `next` null
 * is the end.
 */
export async function listSettlements(
  db: Queryable,
  query: {
    ownerId: string | null;
    filter?: SettlementFilter;
    limit: number;
    after: SettlementCursor | null;
  },
): Promise<{ settlements: SettlementView[]; next: SettlementCursor | null }> {
  const { ownerId, filter = {}, limit, after } = query;
  const { walletId = null, windowId = null, status = null, currency = null } = filter;
  const isSifted = status !== null || currency !== null;
  const values = [
    ...[ownerId, walletId, windowId, after?.acceptedAtMs ?? null, after?.id ?? null],
    ...[isSifted ? mostRead : limit + 1, status, currency, limit + 1],
  ];
  const { rows } = await runStatement(db, { name: '', text: pageText, values });
  const [boundAtMs = null, boundId = null] = rows[0] ?? [];
  const found = rows.map((row) => row.slice(2)).filter(([id]) => id !== null);
  const settlements = found.slice(0, limit).map(viewOf);
  const last = settlements.at(-1);
  if (found.length > limit && last !== undefined) {
    return { settlements, next: { acceptedAtMs: last.acceptedAtMs, id: last.id } };
  }
  if (!isSifted || boundAtMs === null || boundId === null) return { settlements, next: null };
  return { settlements, next: { acceptedAtMs: Number(boundAtMs), id: boundId } };
}

/** One row at least comes, so that the bound is told when nothing fits. */
const pageText = `
  with read as materialized (
    select * from settlement where ($1::uuid is null or owner_id = $1::uuid)
      and ($2::uuid is null or wallet_id = $2::uuid)
      and ($3::uuid is null or window_id = $3::uuid)
      and ($4::numeric is null
        or (accepted_at, id) < (to_timestamp($4::numeric / 1000), $5::uuid))
    order by accepted_at desc, id desc limit $6::int),
  bound as (
    select accepted_at, id, count(*) over () as rows from read order by accepted_at, id limit 1)
  select floor(extract(epoch from bound.accepted_at) * 1000)::bigint as bound_at,
    bound.id as bound_id, page.*
  from (select) always left join bound on bound.rows = $6::int left join lateral (
    select ${shownColumns} from read s ${withBatch}
    where ($7::text is null or coalesce(b.status, s.status) = $7::text)
      and ($8::text is null or s.currency = $8::text)
    order by s.accepted_at desc, s.id desc limit $9::int) page on true
  order by page.accepted_at desc, page.id desc`;

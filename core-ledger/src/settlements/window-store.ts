import { v7 } from 'uuid';
import type { Queryable } from '../database/database.ts';
import { windowFrom } from './window.ts';
import type { SettlementWindow } from './window.ts';

/** How far a window is; it follows from its batches. */
export type WindowStatus = 'open' | 'closed' | 'in_batch' | 'settled';

export type WindowView = SettlementWindow & { readonly status: WindowStatus };

/** Newest first. */
export async function listSettlementWindows(
  db: Queryable,
  query: {
    currency: string | null;
    limit: number;
    before: { opensAtMs: number; id: string } | null;
  },
): Promise<WindowView[]> {
  const found = await db.raw<{ rows: WindowRow[] }>(
    `${windowsText} where (:currency::text is null or w.currency = :currency)
       and (:before_ms::numeric is null
         or (w.opens_at, w.id) < (to_timestamp(:before_ms::numeric / 1000), :before_id::uuid))
     order by w.opens_at desc, w.id desc limit :limit`,
    {
      ...{ currency: query.currency, limit: query.limit },
      ...{ before_ms: query.before?.opensAtMs ?? null, before_id: query.before?.id ?? null },
    },
  );
  return found.rows.map(viewOf);
}

/** One window, or null. */
export async function findSettlementWindow(db: Queryable, id: string): Promise<WindowView | null> {
  const found = await db.raw<{ rows: WindowRow[] }>(`${windowsText} where w.id = ?::uuid`, [id]);
  const [row] = found.rows;
  return row === undefined ? null : viewOf(row);
}

/** Opens a window in each currency of merchants that has none: the first one of all. */
export async function openMissingWindows(db: Queryable, nowMs: number): Promise<void> {
  const found = await db.raw<{ rows: { currency: string }[] }>(
    `select distinct m.currency from wallet m where m.kind = 'merchant' and not exists (
       select from settlement_window w where w.currency = m.currency and w.closed_at is null)`,
  );
  for (const { currency } of found.rows) {
    const { id, opensAtMs, closesAtMs } = windowFrom(v7(), currency, nowMs);
    await db.raw(
      `insert into settlement_window (id, currency, opens_at, closes_at)
       values (?, ?, to_timestamp(?::numeric / 1000), to_timestamp(?::numeric / 1000))
       on conflict do nothing`,
      [id, currency, opensAtMs, closesAtMs],
    );
  }
}

/** Windows that are open behind their end. */
export async function listDueWindows(db: Queryable, nowMs: number): Promise<WindowView[]> {
  const found = await db.raw<{ rows: WindowRow[] }>(
    `${windowsText} where w.closed_at is null and w.closes_at <= to_timestamp(?::numeric / 1000)
     order by w.closes_at`,
    [nowMs],
  );
  return found.rows.map(viewOf);
}

/** Windows whose end has not come to its batches, and since when the oldest, as SQL. */
export const overdueWindows = `select 'settlements', count(*),
    extract(epoch from min(coalesce(closed_at, closes_at))) * 1000
  from settlement_window
  where built_at is null and coalesce(closed_at, closes_at) <= statement_timestamp()`;

/** A merchant of whom a closed window has no batch yet. */
export type MissingBatch = {
  readonly windowId: string;
  readonly walletId: string;
  readonly ownerId: string;
  readonly currency: string;
  readonly closedAtMs: number;
  /** The user who closed the window; null: time has. */
  readonly closedBy: string | null;
};

/**
 * Merchants of closed windows who have something to settle and no batch of that window: those who
 * are settled in windows, and those with a payment that has its place in one.
 */
export async function listMissingBatches(db: Queryable, limit: number): Promise<MissingBatch[]> {
  const found = await db.raw<{ rows: MissingRow[] }>(`${missingText} order by m.id limit ?`, [
    limit,
  ]);
  return found.rows.map((row) => ({
    ...{ windowId: row.window_id, walletId: row.id, ownerId: row.owner_id },
    ...{ currency: row.currency, closedAtMs: Number(row.closed_ms), closedBy: row.closed_by },
  }));
}

/** Marks closed windows of which no batch is missing; answers how many. */
export async function finishWindows(db: Queryable): Promise<number> {
  const done = await db.raw<{ rowCount: number }>(
    `update settlement_window set built_at = statement_timestamp()
     where closed_at is not null and built_at is null
       and id not in (select window_id from (${missingText}) missing)`,
  );
  return done.rowCount;
}

const missingText = `select w.id as window_id, m.id, m.owner_id, w.currency, w.closed_by,
    floor(extract(epoch from w.closed_at) * 1000)::text as closed_ms
  from settlement_window w
  join wallet m on m.kind = 'merchant' and m.currency = w.currency
  left join merchant_settings s on s.wallet_id = m.id
  left join settlement_position p on p.wallet_id = m.id
  where w.closed_at is not null and w.built_at is null
    and (coalesce(s.mode, 'net_deferred') = 'net_deferred' or exists (
      select from settlement place where place.wallet_id = m.id and place.window_id = w.id
        and place.status = 'scheduled'))
    and (select sum(version) from account a where a.wallet_id = m.id
        and a.kind in ('merchant_pending', 'merchant_available', 'receivable'))
      > coalesce(p.seen_version, 0)
    and not exists (select from settlement b where b.window_id = w.id and b.wallet_id = m.id
      and b.origin = 'window')`;

const windowsText = `select w.id, w.currency,
    floor(extract(epoch from w.opens_at) * 1000)::text as opens_ms,
    floor(extract(epoch from w.closes_at) * 1000)::text as closes_ms,
    floor(extract(epoch from w.closed_at) * 1000)::text as closed_ms,
    case when w.closed_at is null then 'open' when w.built_at is null then 'closed'
      when exists (select from settlement b where b.window_id = w.id and b.origin = 'window'
        and b.status in ('pending_approval', 'submitted')) then 'in_batch'
      else 'settled' end as status
  from settlement_window w`;

type MissingRow = {
  window_id: string;
  id: string;
  owner_id: string;
  currency: string;
  closed_ms: string;
  closed_by: string | null;
};

type WindowRow = {
  id: string;
  currency: string;
  opens_ms: string;
  closes_ms: string;
  closed_ms: string | null;
  status: WindowStatus;
};

function viewOf(row: WindowRow): WindowView {
  const { id, currency, status } = row;
  return {
    ...{ id, currency, status, opensAtMs: Number(row.opens_ms) },
    closesAtMs: Number(row.closes_ms),
    closedAtMs: row.closed_ms === null ? null : Number(row.closed_ms),
  };
}

import type { Queryable } from '../../database/database.ts';
import { columnsOfEntry, joinsOfEntry, viewOfEntry } from './entry-view.ts';
import type { EntryRow, EntryView } from './entry-view.ts';

/** Where a page ended: per account the lowest version shown. The edge seals it for clients. */
export type EntryCursor = Readonly<Record<string, string>>;

/**
 * A wallet's entries, newest first; `next` is null on the last page. Within one account the order
 * is that of its versions, whatever the clock did; several accounts of one wallet merge by time.
 * What is in the archive is not among them.
 */
export async function listEntries(
  db: Queryable,
  options: { walletId: string; limit: number; after: EntryCursor | null },
): Promise<{ entries: EntryView[]; next: EntryCursor | null }> {
  const { walletId, limit, after } = options;
  // Versions have no gaps, so a page is a range of them, one more than is shown: however many
  // entries an account has, and whatever the planner thinks it has, no more are read.
  const found = await db.raw<{ rows: EntryRow[] }>(
    `select ${columnsOfEntry}
     from account a
     cross join lateral (
       select coalesce((:after::jsonb ->> a.id::text)::bigint, a.version + 1) as version
     ) bound
     join entry e on e.account_id = a.id and e.version < bound.version
       and e.version >= bound.version - :limit
     ${joinsOfEntry}
     where a.wallet_id = :walletId::uuid
     order by e.account_id, e.version desc`,
    { walletId, limit: limit + 1, after: JSON.stringify(after ?? {}) },
  );
  const page = mergeByTime(found.rows, limit);
  const reached = page.map((row): [string, string] => [row.account_id, row.version]);
  return {
    entries: page.map(viewOfEntry),
    next: found.rows.length > page.length ? { ...after, ...Object.fromEntries(reached) } : null,
  };
}

/** Takes `limit` rows, each time the latest among the heads of the accounts' lists. */
function mergeByTime(rows: EntryRow[], limit: number): EntryRow[] {
  const lists = [...Map.groupBy(rows, (row) => row.account_id).values()];
  const page: EntryRow[] = [];
  while (page.length < limit) {
    const latest = lists
      .filter((list) => list.length > 0)
      .reduce<EntryRow[] | null>(
        (best, list) => (best !== null && timeOf(best) >= timeOf(list) ? best : list),
        null,
      );
    const row = latest?.shift();
    if (row === undefined) break;
    page.push(row);
  }
  return page;
}

function timeOf(list: EntryRow[]): number {
  return list[0]?.posted_at.getTime() ?? 0;
}

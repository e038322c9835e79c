import type { Queryable } from '../database/database.ts';

/** One signed amount on one account of a wallet, credit positive, minor units. */
export type EntryView = {
  entryId: string;
  transferId: string;
  accountId: bigint;
  version: bigint;
  /** The kind of the transfer. */
  kind: string;
  amountMinor: bigint;
  balanceAfterMinor: bigint;
  postedAt: Date;
  paymentId: string | null;
  description: string | null;
};

/** Where a page ended: per account the lowest version shown. The edge seals it for clients. */
export type EntryCursor = Readonly<Record<string, string>>;

/**
 * A wallet's entries, newest first; `next` is null on the last page. Within one account the order
 * is that of its versions, whatever the clock did; several accounts of one wallet merge by time.
 */
export async function listEntries(
  db: Queryable,
  options: { walletId: string; limit: number; after: EntryCursor | null },
): Promise<{ entries: EntryView[]; next: EntryCursor | null }> {
  const { walletId, limit, after } = options;
  // Reads at most one row more than the page per account, backwards on the primary key.
  const found = await db.raw<{ rows: EntryRow[] }>(
    `select e.*, t.kind, t.payment_id, p.description
     from account a
     cross join lateral (
       select * from entry
       where account_id = a.id
         and version < coalesce((:after::jsonb ->> a.id::text)::bigint, 9223372036854775807)
       order by version desc limit :limit
     ) e
     join transfer t on t.id = e.transfer_id
     left join payment p on p.id = t.payment_id
     where a.wallet_id = :walletId::uuid
     order by e.account_id, e.version desc`,
    { walletId, limit: limit + 1, after: JSON.stringify(after ?? {}) },
  );
  const page = mergeByTime(found.rows, limit);
  const reached = page.map((row): [string, string] => [row.account_id, row.version]);
  return {
    entries: page.map(viewOf),
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

type EntryRow = {
  account_id: string;
  version: string;
  transfer_id: string;
  amount_minor: string;
  balance_after_minor: string;
  posted_at: Date;
  kind: string;
  payment_id: string | null;
  description: string | null;
};

function viewOf(row: EntryRow): EntryView {
  return {
    entryId: `${row.account_id}-${row.version}`,
    transferId: row.transfer_id,
    accountId: BigInt(row.account_id),
    version: BigInt(row.version),
    kind: row.kind,
    amountMinor: BigInt(row.amount_minor),
    balanceAfterMinor: BigInt(row.balance_after_minor),
    postedAt: row.posted_at,
    paymentId: row.payment_id,
    description: row.description,
  };
}

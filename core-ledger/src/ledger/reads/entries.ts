import type { Queryable } from '../../database/database.ts';
import { columnsOfEntry, isLater, joinsOfEntry, viewOfEntry } from './entry-view.ts';
import type { EntryRow, WalletEntryView } from './entry-view.ts';
import type { WalletAccountKind } from '../chart.ts';

/** Where a page ended: per account the lowest version shown. The edge seals it for clients. */
export type EntryCursor = Readonly<Record<string, string>>;

/**
 * A wallet's entries, newest first, with the wallet's running balance; `next` is null on the last
 * page. Within one account the order is that of its versions, whatever the clock did; several
 * accounts of one wallet merge as their transfers were posted. What is in the archive is not among
 * them.
 */
export async function listEntries(
  db: Queryable,
  options: { walletId: string; limit: number; after: EntryCursor | null },
): Promise<{ entries: WalletEntryView[]; next: EntryCursor | null }> {
  const { walletId, limit, after } = options;
  // Versions have no gaps, so a page is a range of them, one more than is shown: however many
  // entries an account has, and whatever the planner thinks it has, no more are read. An account
  // without a row tells its balance all the same.
  const found = await db.raw<{ rows: (AccountOfPage & (EntryRow | { version: null }))[] }>(
    `select a.id as of_account, a.kind as account_kind,
       coalesce(o.balance_minor, 0) as opening_minor, page.*
     from account a
     left join entry_opening o on o.account_id = a.id
     cross join lateral (
       select coalesce((:after::jsonb ->> a.id::text)::bigint, a.version + 1) as version
     ) bound
     left join lateral (
       select ${columnsOfEntry} from entry e ${joinsOfEntry}
       where e.account_id = a.id and e.version < bound.version
         and e.version >= bound.version - :limit
     ) page on true
     where a.wallet_id = :walletId::uuid
     order by a.id, page.version desc`,
    { walletId, limit: limit + 1, after: JSON.stringify(after ?? {}) },
  );
  const rows = found.rows.flatMap((row) => (row.version === null ? [] : [row]));
  const accounts = [...Map.groupBy(found.rows, (row) => row.of_account).values()];
  const balance = accounts.reduce((sum, [head]) => sum + balanceAt(head), 0n);
  const page = mergeAccounts(rows, limit);
  const reached = page.map((row): [string, string] => [row.account_id, row.version]);
  return {
    entries: withBalances(page, balance),
    next: rows.length > page.length ? { ...after, ...Object.fromEntries(reached) } : null,
  };
}

type AccountOfPage = { of_account: string; account_kind: WalletAccountKind; opening_minor: string };
type Row = AccountOfPage & EntryRow;

/** Where an account stood when the page began. */
function balanceAt(head: (AccountOfPage & (EntryRow | { version: null })) | undefined): bigint {
  if (head === undefined) return 0n;
  return BigInt(head.version === null ? head.opening_minor : head.balance_after_minor);
}

function withBalances(page: readonly Row[], balanceMinor: bigint): WalletEntryView[] {
  let walletBalanceAfterMinor = balanceMinor;
  return page.map((row) => {
    const entry = viewOfEntry(row);
    const shown = { ...entry, accountKind: row.account_kind, walletBalanceAfterMinor };
    walletBalanceAfterMinor -= entry.amountMinor;
    return shown;
  });
}

/** Takes `limit` rows, each time the latest among the heads of the accounts' lists. */
function mergeAccounts(rows: readonly Row[], limit: number): Row[] {
  const lists = [...Map.groupBy(rows, (row) => row.account_id).values()];
  const page: Row[] = [];
  while (page.length < limit) {
    const latest = lists
      .filter((list) => list.length > 0)
      .reduce<Row[] | null>(
        (best, list) => (best === null || hasLater(list, best) ? list : best),
        null,
      );
    const row = latest?.shift();
    if (row === undefined) break;
    page.push(row);
  }
  return page;
}

function hasLater([one]: readonly Row[], [other]: readonly Row[]): boolean {
  return one !== undefined && other !== undefined && isLater(viewOfEntry(one), viewOfEntry(other));
}

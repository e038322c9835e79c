import type { Queryable } from '../../database/database.ts';
import type { AccountKind } from '../chart.ts';

/** The accounts of one kind: those below zero are its debits, those above its credits. */
export type TrialBalanceRow = {
  readonly kind: AccountKind;
  readonly accounts: number;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
};

export type TrialBalanceOfCurrency = {
  readonly currency: string;
  readonly rows: readonly TrialBalanceRow[];
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
  /** Credits less debits: 0 in double entry, always. */
  readonly differenceMinor: bigint;
};

export type TrialBalance =
  | { readonly ok: true; readonly currencies: readonly TrialBalanceOfCurrency[] }
  | { readonly ok: false; readonly reason: 'archived' };

/**
 * The trial balance per currency and kind of account, in minor units: now, or as it was posted by
 * `postedAt`. It reads every account, and for the past every entry posted since: give a pool with
 * a generous `longestStatementMs` for moments long ago.
 */
export async function readTrialBalance(
  db: Queryable,
  options: { postedAt?: Date } = {},
): Promise<TrialBalance> {
  const { postedAt } = options;
  const found = await db.raw<{ rows: Row[] }>(
    `select a.currency, a.kind, count(*) as accounts,
       coalesce(-sum(b.minor) filter (where b.minor < 0), 0) as debit_minor,
       coalesce(sum(b.minor) filter (where b.minor > 0), 0) as credit_minor,
       coalesce((select max(until) from entry_opening) > :postedAt::timestamptz, false) as archived
     from account a
     left join (
       select account_id, sum(amount_minor) as minor from entry
       where posted_at > :postedAt::timestamptz group by account_id
     ) later on later.account_id = a.id
     cross join lateral (select a.balance_minor - coalesce(later.minor, 0) as minor) b
     group by a.currency, a.kind order by a.currency, a.kind`,
    { postedAt: postedAt?.toISOString() ?? 'infinity' },
  );
  if (found.rows[0]?.archived === true) return { ok: false, reason: 'archived' };
  const byCurrency = [...Map.groupBy(found.rows, (row) => row.currency)];
  return {
    ok: true,
    currencies: byCurrency.map(([currency, rows]) => totalled(currency, rows.map(rowOf))),
  };
}

type Row = {
  currency: string;
  kind: AccountKind;
  accounts: string;
  debit_minor: string;
  credit_minor: string;
  archived: boolean;
};

function rowOf(row: Row): TrialBalanceRow {
  return {
    kind: row.kind,
    accounts: Number(row.accounts),
    debitMinor: BigInt(row.debit_minor),
    creditMinor: BigInt(row.credit_minor),
  };
}

function totalled(currency: string, rows: TrialBalanceRow[]): TrialBalanceOfCurrency {
  const debitMinor = rows.reduce((sum, row) => sum + row.debitMinor, 0n);
  const creditMinor = rows.reduce((sum, row) => sum + row.creditMinor, 0n);
  return { currency, rows, debitMinor, creditMinor, differenceMinor: creditMinor - debitMinor };
}

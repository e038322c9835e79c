import type { Queryable } from '../../database/database.ts';
import { LedgerFault } from '../../database/fault.ts';
import type { WalletAccountKind } from '../chart.ts';
import { isLater } from './entry-view.ts';
import type { EntryView, WalletEntryView } from './entry-view.ts';
import { openStatement, readStatementPage } from './statement.ts';
import type { AccountStatement, StatementResult } from './statement.ts';

/**
 * The head of a wallet's statement over [from, to): sums over its accounts, each of which was
 * checked to lead from its opening to its closing.
 */
export type WalletStatement = {
  readonly walletId: string;
  readonly currency: string;
  readonly from: Date;
  readonly to: Date;
  readonly openingMinor: bigint;
  readonly closingMinor: bigint;
  /** A move between accounts of the wallet counts on both sides. */
  readonly creditsMinor: bigint;
  readonly debitsMinor: bigint;
  readonly entryCount: bigint;
  readonly accounts: readonly OpenedAccount[];
};

type OpenedAccount = AccountStatement & { readonly kind: WalletAccountKind };

export type WalletStatementResult =
  | { readonly ok: true; readonly statement: WalletStatement }
  | Extract<StatementResult, { ok: false }>;

/** Entries of one account that are read at a time. */
const pageRows = 500;

/**
 * Opens the statement of a wallet over what was posted in [from, to), all its accounts at one
 * moment; `unknown_account` when there is no such wallet. Its entries are read later and stay the
 * same. `db` is a pool: this takes a transaction of its own.
 * Faults: `statement_mismatch`.
 */
export async function openWalletStatement(
  db: Queryable,
  options: { walletId: string; from: Date; to: Date },
): Promise<WalletStatementResult> {
  const { walletId, from, to } = options;
  return db.transaction(
    async (trx) => {
      const found = await trx.raw<{ rows: { id: string; kind: WalletAccountKind }[] }>(
        'select id, kind from account where wallet_id = ?::uuid order by id',
        [walletId],
      );
      const accounts: OpenedAccount[] = [];
      for (const { id, kind } of found.rows) {
        const opened = await openStatement(trx, { accountId: BigInt(id), from, to });
        if (!opened.ok) return opened;
        accounts.push({ ...opened.statement, kind });
      }
      const [first] = accounts;
      if (first === undefined) return { ok: false, reason: 'unknown_account' } as const;
      const sum = (of: (account: AccountStatement) => bigint): bigint =>
        accounts.reduce((total, account) => total + of(account), 0n);
      const statement: WalletStatement = {
        ...{ walletId, currency: first.currency, from, to, accounts },
        openingMinor: sum((account) => account.openingMinor),
        closingMinor: sum((account) => account.closingMinor),
        creditsMinor: sum((account) => account.creditsMinor),
        debitsMinor: sum((account) => account.debitsMinor),
        entryCount: sum((account) => account.closingVersion - account.openingVersion),
      };
      return { ok: true, statement } as const;
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/**
 * The entries of a wallet's statement, oldest first, in pages, with the wallet's running balance.
 * However long the statement, one page of each account is kept.
 * Faults: `statement_mismatch` when they do not lead to the closing balance.
 */
export async function* readWalletEntries(
  db: Queryable,
  statement: WalletStatement,
): AsyncGenerator<WalletEntryView[]> {
  const streams = statement.accounts.map((account) => createStream(db, account));
  let balanceMinor = statement.openingMinor;
  let page: WalletEntryView[] = [];
  for (;;) {
    for (const stream of streams) await stream.fill();
    const next = streams
      .filter(({ head }) => head() !== undefined)
      .reduce<Stream | null>((first, each) => (isBefore(each, first) ? each : first), null);
    const entry = next?.take();
    if (next === null || entry === undefined) break;
    balanceMinor += entry.amountMinor;
    page.push({ ...entry, accountKind: next.kind, walletBalanceAfterMinor: balanceMinor });
    if (page.length < pageRows) continue;
    yield page;
    page = [];
  }
  if (balanceMinor !== statement.closingMinor) {
    const what = `entries of wallet ${statement.walletId} lead to ${balanceMinor}`;
    throw new LedgerFault('statement_mismatch', what);
  }
  if (page.length > 0) yield page;
}

type Stream = {
  readonly kind: WalletAccountKind;
  /** Reads on when there is nothing left. */
  fill(): Promise<void>;
  head(): EntryView | undefined;
  take(): EntryView | undefined;
};

function createStream(db: Queryable, account: OpenedAccount): Stream {
  let rows: EntryView[] = [];
  let at = 0;
  let after: bigint | null = null;
  let ended = false;
  return {
    kind: account.kind,
    async fill() {
      if (at < rows.length || ended) return;
      const page = await readStatementPage(db, account, { after, limit: pageRows });
      rows = page.entries;
      at = 0;
      after = page.next;
      ended = page.next === null;
    },
    head: () => rows[at],
    take: () => rows[at++],
  };
}

function isBefore(one: Stream, other: Stream | null): boolean {
  const [mine, theirs] = [one.head(), other?.head()];
  return mine !== undefined && (theirs === undefined || isLater(theirs, mine));
}

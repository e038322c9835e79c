import type { Queryable } from '../../database/database.ts';
import { findBalances, findPastBalances } from './balances.ts';
import type { AccountBalance, PastBalance } from './balances.ts';
import { listEntries } from './entries.ts';
import type { EntryCursor } from './entries.ts';
import type { EntryView, WalletEntryView } from './entry-view.ts';
import { findOverview } from './overview.ts';
import type { WalletOverview } from './overview.ts';
import { openStatement, readStatementPage } from './statement.ts';
import type { AccountStatement, StatementResult } from './statement.ts';
import { readTrialBalance } from './trial-balance.ts';
import type { TrialBalance } from './trial-balance.ts';
import { openWalletStatement, readWalletEntries } from './wallet-statement.ts';
import type { WalletStatement, WalletStatementResult } from './wallet-statement.ts';

/** What can be read of a ledger. Each answer is of one moment; see the functions for the rest. */
export type LedgerReads = {
  balances(accountIds: readonly bigint[]): Promise<Map<bigint, AccountBalance>>;
  pastBalances(options: {
    accountIds: readonly bigint[];
    knownAt?: Date;
    effectiveAt?: Date;
  }): Promise<Map<bigint, PastBalance>>;
  overview(ownerId: string): Promise<WalletOverview[]>;
  entries(options: {
    walletId: string;
    limit: number;
    after: EntryCursor | null;
  }): Promise<{ entries: WalletEntryView[]; next: EntryCursor | null }>;
  statement(options: { accountId: bigint; from: Date; to: Date }): Promise<StatementResult>;
  statementPage(
    statement: AccountStatement,
    options: { after: bigint | null; limit: number },
  ): Promise<{ entries: EntryView[]; next: bigint | null }>;
  walletStatement(options: {
    walletId: string;
    from: Date;
    to: Date;
  }): Promise<WalletStatementResult>;
  walletEntries(statement: WalletStatement): AsyncGenerator<WalletEntryView[]>;
  trialBalance(options?: { postedAt?: Date }): Promise<TrialBalance>;
};

/** Reads on the pool, or inside the transaction that is given. */
export function createLedgerReads(db: Queryable): LedgerReads {
  return {
    balances: (accountIds) => findBalances(db, accountIds),
    pastBalances: (options) => findPastBalances(db, options),
    overview: (ownerId) => findOverview(db, ownerId),
    entries: (options) => listEntries(db, options),
    statement: (options) => openStatement(db, options),
    statementPage: (statement, options) => readStatementPage(db, statement, options),
    walletStatement: (options) => openWalletStatement(db, options),
    walletEntries: (statement) => readWalletEntries(db, statement),
    trialBalance: (options) => readTrialBalance(db, options),
  };
}

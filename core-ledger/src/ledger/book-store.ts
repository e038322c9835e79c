import { createBatchInsert, createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { createBook } from './book.ts';
import type { Account, Book } from './book.ts';
import type { AccountKind } from './chart.ts';

/** Locks and loads accounts, and writes what a book gathered; reused from batch to batch. */
export type BookStore = {
  /**
   * Locks the accounts in the order of their ids, so that no two batches can wait for each other.
   * A locked row comes back in its newest version: no later read is needed.
   */
  lock(accountIds: Iterable<bigint>): Statement;
  /** Locks those that nobody else has locked, and leaves out the others without waiting. */
  lockFree(accountIds: Iterable<bigint>): Statement;
  /** The book of the accounts that were locked; ids without an account are not in it. */
  open(locked: Answer): Book;
  /** What writes the book: at most four statements, whatever its size. */
  write(book: Book): Statement[];
};

export function createBookStore(): BookStore {
  const { locks, freeLocks, transfers, entries, holds, accounts } = bookStatements();
  return {
    lock(accountIds) {
      locks.reset();
      for (const id of accountIds) locks.columns.id.add(id);
      return locks.statement();
    },
    lockFree(accountIds) {
      freeLocks.reset();
      for (const id of accountIds) freeLocks.columns.id.add(id);
      return freeLocks.statement();
    },
    open: (locked) => createBook({ accounts: locked.rows.map(accountOf) }),
    write(book) {
      for (const statement of [transfers, entries, holds, accounts]) statement.reset();
      for (const transfer of book.transfers) {
        transfers.columns.id.add(transfer.id);
        transfers.columns.kind.add(transfer.kind);
        transfers.columns.payment_id.add(transfer.paymentId);
        transfers.columns.intent_id.add(transfer.intentId);
      }
      for (const entry of book.entries) {
        entries.columns.account_id.add(entry.accountId);
        entries.columns.version.add(entry.version);
        entries.columns.transfer_id.add(entry.transferId);
        entries.columns.amount_minor.add(entry.amountMinor);
        entries.columns.balance_after_minor.add(entry.balanceAfterMinor);
      }
      for (const hold of book.newHolds) {
        holds.columns.id.add(hold.id);
        holds.columns.account_id.add(hold.accountId);
        holds.columns.amount_minor.add(hold.amountMinor);
        holds.columns.payment_id.add(hold.paymentId);
        holds.columns.reason.add(hold.reason);
        holds.columns.expires_in.add(hold.expiresInSeconds);
      }
      for (const account of book.changed) {
        accounts.columns.id.add(account.id);
        accounts.columns.balance_minor.add(account.balanceMinor);
        accounts.columns.held_minor.add(account.heldMinor);
        accounts.columns.version.add(account.version);
      }
      return [transfers, entries, holds, accounts]
        .filter((statement) => statement.count() > 0)
        .map((statement) => statement.statement());
    },
  };
}

function bookStatements() {
  const locks = createBatchStatement({
    name: 'lock_accounts',
    text: `select id, currency, status, limit_minor, balance_minor, held_minor, version, kind
      from account where id = any($1::int8[]) order by id for update`,
    columns: { id: 'int8' },
  });
  const freeLocks = createBatchStatement({
    name: 'lock_free_accounts',
    text: `select id, currency, status, limit_minor, balance_minor, held_minor, version, kind
      from account where id = any($1::int8[]) order by id for update skip locked`,
    columns: { id: 'int8' },
  });
  const transfers = createBatchInsert('transfer', {
    id: 'uuid',
    kind: 'text',
    payment_id: 'uuid',
    intent_id: 'uuid',
  });
  const entries = createBatchInsert('entry', {
    account_id: 'int8',
    version: 'int8',
    transfer_id: 'uuid',
    amount_minor: 'int8',
    balance_after_minor: 'int8',
  });
  const holds = createBatchStatement({
    name: 'insert_hold',
    text: `insert into hold (id, account_id, amount_minor, payment_id, reason, expires_at)
      select r.id, r.account_id, r.amount_minor, r.payment_id, r.reason,
        statement_timestamp() + make_interval(secs => r.expires_in)
      from $rows as r (id, account_id, amount_minor, payment_id, reason, expires_in)`,
    columns: {
      id: 'uuid',
      account_id: 'int8',
      amount_minor: 'int8',
      payment_id: 'uuid',
      reason: 'text',
      expires_in: 'int4',
    },
  });
  const accounts = createBatchStatement({
    name: 'update_accounts',
    text: `update account a set balance_minor = r.balance_minor, held_minor = r.held_minor,
        version = r.version
      from $rows as r (id, balance_minor, held_minor, version) where a.id = r.id`,
    columns: { id: 'int8', balance_minor: 'int8', held_minor: 'int8', version: 'int8' },
  });
  return { locks, freeLocks, transfers, entries, holds, accounts };
}

function accountOf(row: readonly (string | null)[]): Account {
  const [id, currency, status, limitMinor, balanceMinor, heldMinor, version, kind] = row;
  return {
    id: BigInt(id ?? ''),
    kind: kind as AccountKind,
    currency: currency ?? '',
    status: (status ?? 'closed') as Account['status'],
    limitMinor: typeof limitMinor === 'string' ? BigInt(limitMinor) : null,
    balanceMinor: BigInt(balanceMinor ?? ''),
    heldMinor: BigInt(heldMinor ?? ''),
    version: BigInt(version ?? ''),
  };
}

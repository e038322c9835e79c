import type { Answer, Statement } from '../database/statements.ts';
import type { Asked } from './asked.ts';
import { accountOf, byIds, loadingOf } from './book-loading.ts';
import type { Loading } from './book-loading.ts';
import { createLookUps, createWrites } from './book-statements.ts';
import { writingOf } from './book-writing.ts';
import type { Hold } from './book-state.ts';
import type { Gathered, Remembering } from './book-writing.ts';
import type { BatchStatement } from '../database/statements.ts';
import { createLimitStatements, setLimits } from './limit-statements.ts';
import { createBook } from './book.ts';
import type { Book } from './book.ts';

/** Locks and loads accounts, and writes what a book gathered; reused from batch to batch. */
export type BookStore = {
  /**
   * Locks the accounts in the order of their ids, so that no two batches can wait for each other.
   * A locked row comes back in its newest version: no later read is needed.
   */
  lock(accountIds: Iterable<bigint>): Statement;
  /** Locks those that nobody else has locked, and leaves out the others without waiting. */
  lockFree(accountIds: Iterable<bigint>): Statement;
  /** Which of the accounts there are; locks nothing. */
  findAccounts(accountIds: Iterable<bigint>): Statement;
  /** The book of the accounts that were locked; ids without an account are not in it. */
  open(locked: Answer, holds?: Iterable<Hold>): Book;
  /**
   * Reads the limits of the book's accounts, behind their locks; no flight where none has a tier.
   * To be called before anything is posted that pays.
   */
  loadLimits(
    book: Book,
    flight: (statements: Statement[]) => Promise<readonly Answer[]>,
  ): Promise<void>;
  /** Locks and loads all that items name, in one flight. */
  load(asked: Asked): Loading;
  /** Holds as they are; locks nothing. */
  readHolds(holdIds: Iterable<string>): Statement;
  /** Transfer, account and amount of each entry of the transfers. */
  readEntries(transferIds: Iterable<string>): Statement;
  /** What writes the book, and what its door remembers of ids; few statements whatever its size. */
  write(book: Gathered, memory?: Remembering): Statement[];
};

export function createBookStore(): BookStore {
  const lookUps = createLookUps();
  const writes = createWrites();
  const limits = createLimitStatements();
  return {
    lock: (accountIds) => ofAccounts(lookUps.accounts, accountIds),
    lockFree: (accountIds) => ofAccounts(lookUps.freeAccounts, accountIds),
    findAccounts: (accountIds) => ofAccounts(lookUps.accountsThere, accountIds),
    open: (locked, holds = []) => createBook({ accounts: locked.rows.map(accountOf), holds }),
    async loadLimits({ limited }, flight) {
      if (limited.length === 0) return;
      const [answer] = await flight([limits.read(limited)]);
      setLimits(limited, answer);
    },
    load: (asked) => loadingOf(lookUps, asked),
    readHolds: (holdIds) => byIds(lookUps.holds, holdIds),
    readEntries: (transferIds) => byIds(lookUps.entries, transferIds),
    write: (book, memory) => writingOf(writes, book, memory ?? null),
  };
}

function ofAccounts(
  statement: BatchStatement<{ id: 'int8' }>,
  accountIds: Iterable<bigint>,
): Statement {
  statement.reset();
  for (const id of accountIds) statement.columns.id.add(id);
  return statement.statement();
}

import type { Answer, Statement } from '../database/statements.ts';
import type { Asked } from './asked.ts';
import { accountOf, loadingOf } from './book-loading.ts';
import type { Loading } from './book-loading.ts';
import { createLookUps, createWrites } from './book-statements.ts';
import { writingOf } from './book-writing.ts';
import type { Remembering } from './book-writing.ts';
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
  /** The book of the accounts that were locked; ids without an account are not in it. */
  open(locked: Answer): Book;
  /** Locks and loads all that items name, in one flight. */
  load(asked: Asked): Loading;
  /** Entries of transfers, by which an answer with amounts is given again. */
  readEntries(transferIds: Iterable<string>): Statement;
  /** What writes the book, and what its door remembers of ids; few statements whatever its size. */
  write(book: Book, memory?: Remembering): Statement[];
};

export function createBookStore(): BookStore {
  const lookUps = createLookUps();
  const writes = createWrites();
  return {
    lock(accountIds) {
      lookUps.accounts.reset();
      for (const id of accountIds) lookUps.accounts.columns.id.add(id);
      return lookUps.accounts.statement();
    },
    lockFree(accountIds) {
      lookUps.freeAccounts.reset();
      for (const id of accountIds) lookUps.freeAccounts.columns.id.add(id);
      return lookUps.freeAccounts.statement();
    },
    open: (locked) => createBook({ accounts: locked.rows.map(accountOf) }),
    load: (asked) => loadingOf(lookUps, asked),
    readEntries(transferIds) {
      lookUps.entries.reset();
      for (const id of transferIds) lookUps.entries.columns.id.add(id);
      return lookUps.entries.statement();
    },
    write: (book, memory) => writingOf(writes, book, memory ?? null),
  };
}

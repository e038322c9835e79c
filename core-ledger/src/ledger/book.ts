import { expireHold, postCapture, postHold, postVoid } from './book-hold.ts';
import { postReversal } from './book-reversal.ts';
import { posted, refused } from './book-rules.ts';
import { beginUndo, endUndo, undoAll } from './book-state.ts';
import type {
  Account,
  BookState,
  Entry,
  Hold,
  NewHold,
  Original,
  PostedTransfer,
} from './book-state.ts';
import { isLimited } from './limits.ts';
import { postTransfer } from './book-transfer.ts';
import type { ChainItem, LedgerItem, PostResult, SingleItem } from './items.ts';

/**
 * The book is the part of the ledger that one batch touches: its accounts, locked and loaded.
 * Items are posted to it one after the other in memory, each against what the ones before left,
 * and each is posted whole or refused by name. What the book gathered is then written with a
 * constant number of statements. Nothing here waits, reads a clock or draws a random number.
 */
export type Book = {
  account(id: bigint): Account | undefined;
  /** Accounts of a tier; almost always none. Before any of them pays their limits are loaded. */
  readonly limited: readonly Account[];
  /** One that was loaded, or that an item of this book opened. */
  hold(id: string): Hold | undefined;
  /**
   * Decides the item and applies it; a refusal leaves the book as it was. The book does not know
   * ids: whoever posts sees to it that none is used twice (`createMemory`, or an intent's row).
   */
  post(item: LedgerItem): PostResult;
  /** Ends an open hold that is past its expiry, as time asks for; false when it is not so. */
  expire(holdId: string): boolean;
  /** Rows to insert, in the order of posting: captures and reversals among them. */
  readonly transfers: readonly PostedTransfer[];
  /** Rows to insert, in the order of posting; a transfer's stand together. */
  readonly entries: readonly Entry[];
  /** Rows to insert, in the state they are in at the end of the batch. */
  readonly newHolds: readonly NewHold[];
  /** Rows to update: `capturedMinor` and `state`. None of them is in `newHolds`. */
  readonly changedHolds: ReadonlySet<Hold>;
  /** Accounts whose balance, held amount or version changed: one update each, whatever they got. */
  readonly changed: ReadonlySet<Account>;
};

/** What is loaded for a batch, all of it read after the locks on its accounts were granted. */
export type BookContents = {
  /** Become the book's: it changes them as items are posted. */
  readonly accounts: Iterable<Account>;
  /**
   * Those that the items name; become the book's too. One whose account is not among `accounts` is
   * not known to this batch, and an item that names it is refused.
   */
  readonly holds?: Iterable<Hold>;
  /** Transfers to be reversed, each with all its entries. Those of this batch need not be there. */
  readonly originals?: Iterable<Original>;
  /** The database's clock, no later than that of the writes; needed for `effectiveAtMs` alone. */
  readonly nowMs?: number;
};

export function createBook(contents: BookContents): Book {
  const accounts = byId<bigint, Account>(contents.accounts);
  const state: BookState = {
    accounts,
    limited: [...accounts.values()].filter(isLimited),
    holds: byId(contents.holds ?? []),
    originals: byId(contents.originals ?? []),
    nowMs: contents.nowMs ?? null,
    ...{ transfers: [], entries: [], newHolds: [] },
    ...{ changed: new Set(), changedHolds: new Set(), reversed: new Set() },
    undo: null,
  };
  const { transfers, entries, newHolds, changed, changedHolds, limited } = state;
  return {
    account: (id) => state.accounts.get(id),
    limited,
    hold: (id) => state.holds.get(id),
    post: (item) => (item.type === 'chain' ? postChain(state, item) : postSingle(state, item)),
    expire: (holdId) => expireHold(state, holdId),
    ...{ transfers, entries, newHolds, changed, changedHolds },
  };
}

function byId<Id, Row extends { readonly id: Id }>(rows: Iterable<Row>): Map<Id, Row> {
  const map = new Map<Id, Row>();
  for (const row of rows) map.set(row.id, row);
  return map;
}

function postSingle(state: BookState, item: SingleItem): PostResult {
  switch (item.type) {
    case 'transfer':
      return postTransfer(state, item);
    case 'hold':
      return postHold(state, item);
    case 'capture':
      return postCapture(state, item);
    case 'void':
      return postVoid(state, item);
    case 'reversal':
      return postReversal(state, item);
  }
}

/** All or nothing: what the items before the refused one did is put back. */
function postChain(state: BookState, chain: ChainItem): PostResult {
  if (chain.items.length === 0) return refused('empty_chain');
  beginUndo(state, chain.id);
  for (const [index, item] of chain.items.entries()) {
    const result = postSingle(state, item);
    if (result.ok) continue;
    undoAll(state);
    return { ...result, item: index };
  }
  endUndo(state);
  return posted;
}

import type { Connection, Transaction } from '../database/connection.ts';
import { StatementFault } from '../database/session.ts';
import type { Answer } from '../database/statements.ts';
import { createBookStore } from '../ledger/book-store.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import { maximumAmountMinor } from '../ledger/items.ts';
import { createClearingStatements } from './clearing-statements.ts';
import type { ClearingState, Observed } from './clearing-statements.ts';

/** `claimed` merchants were looked at; with `isBehind` some have more that is due already. */
export type ClearingRun = {
  readonly claimed: number;
  readonly isBehind: boolean;
  readonly cleared: readonly Cleared[];
};

/** What moved from pending: `repaidMinor` to the merchant's debt, the rest to available. */
export type Cleared = {
  readonly accountId: bigint;
  readonly clearedMinor: bigint;
  readonly repaidMinor: bigint;
};

/** Clears what is due at most `limit` merchants. */
export type Clearing = (limit: number) => Promise<ClearingRun>;

/**
 * Moves merchants' captured money from pending to available once it has lain for the merchant's
 * clearing time; a debt is repaid first. What has left pending otherwise (refunds, disputes)
 * counts against the oldest credits, so what is due is the balance less the credits that are not
 * due yet. Only entries say so: nobody who posts does anything for it. Each entry is read twice,
 * when it is new and when it has become due, and without a lock, save for the few that come while
 * the accounts are being locked.
 *
 * One transaction a call; calls of several processes share the merchants among them. Not for calls
 * at the same time: they share the connection. Faults: those of the connection; then nothing was
 * cleared, or after `commit_unknown` perhaps all: the next call goes by what is there.
 */
export function createClearing(deps: { connection: Pick<Connection, 'begin'> }): Clearing {
  const { connection } = deps;
  const statements = createClearingStatements();
  const books = createBookStore();
  // A hot merchant's accounts are waited for; after they were waited for in vain, they are not.
  let isPatient = true;

  const lock = async (transaction: Transaction, states: readonly ClearingState[]) => {
    const accountIds = states.flatMap(accountsOf);
    const [locked] = await transaction.flight([
      isPatient ? books.lock(accountIds) : books.lockFree(accountIds),
    ]);
    isPatient = true;
    return books.open(locked ?? nothing);
  };

  const run = async (transaction: Transaction): Promise<ClearingRun> => {
    const states = (transaction.answers[0]?.rows ?? []).map((row) => statements.stateOf(row));
    if (states.length === 0) {
      await transaction.rollback();
      return { claimed: 0, isBehind: false, cleared: [] };
    }
    const observe = async (some: readonly ClearingState[]): Promise<Map<bigint, Observed>> => {
      if (some.length === 0) return new Map();
      const [answer] = await transaction.flight([statements.observe(some)]);
      return new Map(statements.observedOf(answer ?? nothing).map((row) => [row.accountId, row]));
    };
    const seen = await observe(states);
    const due = states.flatMap((state) => {
      const observed = seen.get(state.accountId);
      return observed !== undefined && dueOf(observed) > 0n ? { ...state, ...observed } : [];
    });
    const book = due.length > 0 ? await lock(transaction, due) : books.open(nothing);
    const free = due.filter((state) => accountsOf(state).every((id) => book.account(id)));
    const current = new Map([...seen, ...(await observe(free))]);
    const cleared = free.flatMap((state) => clear(state, current.get(state.accountId), book));
    await transaction.commit([...books.write(book), statements.update(current.values())]);
    const isBehind = [...current.values()].some((row) => row.isBehind);
    return { claimed: states.length, isBehind, cleared };
  };

  return async (limit) => {
    const transaction = await connection.begin([statements.claim(limit)]);
    try {
      return await run(transaction);
    } catch (error) {
      await transaction.rollback();
      if (error instanceof StatementFault && error.code === '55P03') isPatient = false;
      throw error;
    }
  };
}

const nothing: Answer = { command: '', rowCount: 0, rows: [] };

/** What may be cleared now. Entries that were not read yet may be credits of today. */
function dueOf({ balanceMinor, recentMinor, isWhole }: Observed): bigint {
  const due = isWhole ? balanceMinor - recentMinor : 0n;
  return due < maximumAmountMinor ? due : maximumAmountMinor;
}

function accountsOf(state: ClearingState): bigint[] {
  return [state.accountId, state.receivableId, state.availableId];
}

function clear(state: ClearingState, observed: Observed | undefined, book: Book): Cleared[] {
  const pending = book.account(state.accountId);
  const debt = book.account(state.receivableId)?.balanceMinor ?? 0n;
  if (observed === undefined || pending === undefined) return [];
  const dueMinor = dueOf(observed);
  if (dueMinor <= 0n) return [];
  const repaidMinor = debt >= 0n ? 0n : -debt < dueMinor ? -debt : dueMinor;
  const { accountId, receivableId, availableId } = state;
  const { currency } = pending;
  const amounts = [
    { accountId, currency, amountMinor: -dueMinor },
    { accountId: receivableId, currency, amountMinor: repaidMinor },
    { accountId: availableId, currency, amountMinor: dueMinor - repaidMinor },
  ];
  const result = book.post({
    type: 'transfer',
    id: deriveId(observed.nowMs, `clearing of ${accountId}`, String(pending.version)),
    kind: 'clearing',
    ...{ paymentId: null, intentId: null },
    legs: amounts.filter(({ amountMinor }) => amountMinor !== 0n),
  });
  // Refused, it stays overdue for all to see: a person must look.
  return result.ok ? [{ accountId, clearedMinor: dueMinor, repaidMinor }] : [];
}

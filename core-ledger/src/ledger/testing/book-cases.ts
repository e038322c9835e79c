import type { Account, Hold, Original } from '../book-state.ts';
import type { Book } from '../book.ts';

/** An account in USD that nothing forbids. */
export function account(id: number, balance: bigint, rest: Partial<Account> = {}): Account {
  return {
    ...{ id: BigInt(id), kind: 'customer', currency: 'USD', status: 'active', limitMinor: 0n },
    ...{ balanceMinor: balance, heldMinor: 0n, version: 0n },
    ...rest,
  };
}

/** An open hold of 50 on account 1. */
export function hold(id: string, rest: Partial<Hold> = {}): Hold {
  return {
    ...{ id, accountId: 1n, amountMinor: 50n, paymentId: 'p', isPast: false },
    ...{ capturedMinor: 0n, state: 'open' },
    ...rest,
  };
}

/** A payment of 30 from account 1 to account 2. */
export function original(id: string, rest: Partial<Original> = {}): Original {
  const entries = [
    { accountId: 1n, amountMinor: -30n },
    { accountId: 2n, amountMinor: 30n },
  ];
  return { id, kind: 'payment', paymentId: 'p', isReversed: false, entries, ...rest };
}

/** All that a book would write, to be compared. */
export function writtenBy(book: Book): object {
  const { transfers, entries, newHolds, changed, changedHolds } = book;
  return structuredClone({ transfers, entries, newHolds, changed, changedHolds });
}

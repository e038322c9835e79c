import type { Account } from '../../ledger/book-state.ts';
import { createBook, type Book } from '../../ledger/book.ts';
import type { PlatformAccounts } from '../../ledger/accounts.ts';
import type { WalletFacts } from '../../wallets/wallet.ts';
import type { Settlement } from '../settlement.ts';
import type { Standing } from '../standing.ts';

const ids = { pending: 1n, available: 2n, receivable: 3n, transit: 4n, bank: 5n, suspense: 6n };

/** A merchant's wallet, whose ids are those of `balancesOf`. */
export const shop: WalletFacts = {
  ...{ walletId: 'shop', ownerId: 'owner', kind: 'merchant', currency: 'USD' },
  accounts: {
    ...{ merchant_pending: ids.pending, merchant_available: ids.available },
    receivable: ids.receivable,
  },
  platform: {
    ...{ in_transit: ids.transit, bank: ids.bank, suspense: ids.suspense },
  } as unknown as PlatformAccounts,
};

/** A book with that much available to the merchant. */
export function bookWith(availableMinor: bigint, status: Account['status'] = 'active'): Book {
  const account = (id: bigint, kind: Account['kind'], rest: Partial<Account> = {}): Account => ({
    ...{ id, kind, currency: 'USD', status: 'active', limitMinor: null },
    ...{ balanceMinor: 0n, heldMinor: 0n, version: 0n, ...rest },
  });
  const own = { limitMinor: 0n, status };
  return createBook({
    accounts: [
      account(ids.pending, 'merchant_pending', own),
      account(ids.available, 'merchant_available', { ...own, balanceMinor: availableMinor }),
      account(ids.receivable, 'receivable', { status }),
      ...[account(ids.transit, 'in_transit'), account(ids.bank, 'bank')],
      account(ids.suspense, 'suspense'),
    ],
  });
}

/** What each account of the case has. */
export function balancesOf(book: Book): Record<keyof typeof ids, bigint> {
  const entries = Object.entries(ids).map(([name, id]) => [
    name,
    book.account(id)?.balanceMinor ?? 0n,
  ]);
  return Object.fromEntries(entries) as Record<keyof typeof ids, bigint>;
}

/** A batch of that net, made by `maker`, that waits for approval. */
export function batchOfNet(netMinor: bigint): Settlement {
  return {
    ...{ id: 'batch', walletId: 'shop', ownerId: 'owner', paymentId: null, windowId: null },
    ...{ origin: 'run', status: 'pending_approval', version: 1, currency: 'USD' },
    ...{ createdBy: 'maker', approvedBy: null, grossMinor: netMinor, refundsMinor: 0n },
    ...{ disputesMinor: 0n, feesMinor: 0n, carriedMinor: 0n, netMinor, carriedInMinor: 0n },
    ...{ carriedOutMinor: 0n, confirmedMinor: 0n, returnedMinor: 0n },
    ...{ bankedMinor: 0n, overpaidMinor: 0n },
    ...{ itemCount: 1, cuts: [0n, 0n, 0n, 0n], destination: 'bank-1', reference: null },
    ...{ reason: null, failureCode: null, availableOnMs: null, acceptedAtMs: 1 },
  };
}

export const standing: Standing = {
  walletId: 'shop',
  settings: { mode: 'net_deferred', clearingSeconds: 0, minimumMinor: 0n, destination: null },
  ...{ carriedMinor: 0n, cuts: [0n, 0n, 0n, 0n], tops: [0n, 0n, 0n, 0n] },
  ...{ seenVersion: 0n, movements: null, isPartial: false },
};

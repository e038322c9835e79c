/**
 * A book is the part of the ledger that one batch touches: its accounts, locked and loaded.
 * Items are posted to it one after the other in memory, each against what the ones before left,
 * and each is posted whole or refused by name. What the book gathered is then written with a
 * constant number of statements. Nothing here waits, reads a clock or draws a random number.
 */
export type Account = {
  readonly id: bigint;
  readonly currency: string;
  readonly status: 'active' | 'frozen' | 'closed';
  /** How far below zero the available amount may go; null is unbounded. */
  readonly limitMinor: bigint | null;
  balanceMinor: bigint;
  heldMinor: bigint;
  /** Counts the account's entries; holds do not raise it. */
  version: bigint;
};

/** One signed amount on one account, credit positive, in minor units. */
export type Leg = {
  readonly accountId: bigint;
  readonly amountMinor: bigint;
  readonly currency: string;
};

export type TransferKind = 'payment' | 'top_up';

/** Legs that post together; they sum to zero in each currency. */
export type TransferItem = {
  readonly type: 'transfer';
  readonly id: string;
  readonly kind: TransferKind;
  readonly paymentId: string | null;
  readonly intentId: string;
  readonly legs: readonly Leg[];
};

/** Sets an amount of one account aside until it is captured, voided or expires. */
export type HoldItem = {
  readonly type: 'hold';
  readonly id: string;
  readonly accountId: bigint;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly paymentId: string | null;
  readonly reason: 'review' | 'authorization';
  /** Counted by the database's clock from the moment of writing. */
  readonly expiresInSeconds: number;
};

/** More kinds join here: capture, void, chains. */
export type BookItem = TransferItem | HoldItem;

export type Refusal =
  | 'unknown_account'
  | 'invalid_amount'
  | 'same_account'
  | 'currency_mismatch'
  | 'account_closed'
  | 'account_frozen'
  | 'unbalanced'
  | 'insufficient_funds'
  | 'limit_exceeded';

export type PostResult = { readonly ok: true } | { readonly ok: false; readonly reason: Refusal };

/** A leg as it stands in the journal. */
export type Entry = {
  readonly accountId: bigint;
  readonly version: bigint;
  readonly transferId: string;
  readonly amountMinor: bigint;
  readonly balanceAfterMinor: bigint;
};

export type Book = {
  account(id: bigint): Account | undefined;
  post(item: BookItem): PostResult;
  /** What is to be written, in the order of posting. */
  readonly transfers: readonly TransferItem[];
  readonly entries: readonly Entry[];
  readonly holds: readonly HoldItem[];
  /** Accounts whose balance, held amount or version changed: one update each, whatever they got. */
  readonly changed: ReadonlySet<Account>;
};

/** The bound of the contract: no single amount is larger. */
export const maximumAmountMinor = 1_000_000_000_000_000n;

/** Keeps balances inside the database's 64 bits with room for any single amount. */
const maximumBalanceMinor = 1n << 62n;

const posted: PostResult = { ok: true };

/** The accounts are the book's from now on: it changes them as items are posted. */
export function createBook(accounts: Iterable<Account>): Book {
  const byId = new Map<bigint, Account>();
  for (const account of accounts) byId.set(account.id, account);
  const transfers: TransferItem[] = [];
  const entries: Entry[] = [];
  const holds: HoldItem[] = [];
  const changed = new Set<Account>();

  const postTransfer = (item: TransferItem): PostResult => {
    const reason = refusalOfTransfer(item, byId);
    if (reason !== null) return { ok: false, reason };
    transfers.push(item);
    for (const { accountId, amountMinor } of item.legs) {
      const account = byId.get(accountId);
      if (account === undefined) continue;
      account.balanceMinor += amountMinor;
      account.version += 1n;
      changed.add(account);
      entries.push({
        accountId,
        version: account.version,
        transferId: item.id,
        amountMinor,
        balanceAfterMinor: account.balanceMinor,
      });
    }
    return posted;
  };

  const postHold = (item: HoldItem): PostResult => {
    const account = byId.get(item.accountId);
    const reason = refusalOfHold(item, account);
    if (reason !== null || account === undefined) {
      return { ok: false, reason: reason ?? 'unknown_account' };
    }
    holds.push(item);
    account.heldMinor += item.amountMinor;
    changed.add(account);
    return posted;
  };

  return {
    account: (id) => byId.get(id),
    post: (item) => {
      switch (item.type) {
        case 'transfer':
          return postTransfer(item);
        case 'hold':
          return postHold(item);
      }
    },
    transfers,
    entries,
    holds,
    changed,
  };
}

function refusalOfTransfer(item: TransferItem, byId: Map<bigint, Account>): Refusal | null {
  const { legs } = item;
  for (let index = 0; index < legs.length; index += 1) {
    const leg = legs[index];
    if (leg === undefined) continue;
    const account = byId.get(leg.accountId);
    if (account === undefined) return 'unknown_account';
    const reason = refusalOfLeg(leg, account);
    if (reason !== null) return reason;
    for (let other = 0; other < index; other += 1) {
      if (legs[other]?.accountId === leg.accountId) return 'same_account';
    }
  }
  if (!isBalanced(legs)) return 'unbalanced';
  // Funds come last, so that a wrong item is told it is wrong even when there is no money.
  for (const leg of legs) {
    const account = byId.get(leg.accountId);
    if (account === undefined) return 'unknown_account';
    if (leg.amountMinor < 0n && !isAvailable(account, -leg.amountMinor)) {
      return 'insufficient_funds';
    }
  }
  return null;
}

function refusalOfLeg(leg: Leg, account: Account): Refusal | null {
  const { amountMinor } = leg;
  if (amountMinor === 0n) return 'invalid_amount';
  if (amountMinor > maximumAmountMinor || amountMinor < -maximumAmountMinor) {
    return 'invalid_amount';
  }
  if (account.currency !== leg.currency) return 'currency_mismatch';
  if (account.status === 'closed') return 'account_closed';
  // Credits to a frozen account are allowed: money may come in, none goes out.
  if (account.status === 'frozen' && amountMinor < 0n) return 'account_frozen';
  const after = account.balanceMinor + amountMinor;
  if (after > maximumBalanceMinor || after < -maximumBalanceMinor) return 'limit_exceeded';
  return null;
}

function refusalOfHold(item: HoldItem, account: Account | undefined): Refusal | null {
  if (account === undefined) return 'unknown_account';
  if (item.amountMinor <= 0n || item.amountMinor > maximumAmountMinor) return 'invalid_amount';
  if (account.currency !== item.currency) return 'currency_mismatch';
  if (account.status === 'closed') return 'account_closed';
  if (account.status === 'frozen') return 'account_frozen';
  if (!isAvailable(account, item.amountMinor)) return 'insufficient_funds';
  return null;
}

function isAvailable(account: Account, amountMinor: bigint): boolean {
  if (account.limitMinor === null) return true;
  return account.balanceMinor - account.heldMinor - amountMinor >= -account.limitMinor;
}

/** At least two legs, and zero in each currency. Almost every transfer has one currency. */
function isBalanced(legs: readonly Leg[]): boolean {
  const first = legs[0];
  if (first === undefined || legs.length < 2) return false;
  let sum = 0n;
  let single = true;
  for (const leg of legs) {
    if (leg.currency === first.currency) sum += leg.amountMinor;
    else single = false;
  }
  if (sum !== 0n) return false;
  return single || isBalanced(legs.filter((leg) => leg.currency !== first.currency));
}

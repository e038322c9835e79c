import type { AccountKind, TransferKind } from './chart.ts';
import type { HoldItem } from './items.ts';
import { isLimited, use } from './limits.ts';
import type { AccountLimits } from './limits.ts';

/** An account as it was locked; the book changes it as items are posted. */
export type Account = {
  readonly id: bigint;
  readonly kind: AccountKind;
  readonly currency: string;
  readonly status: 'active' | 'frozen' | 'closed';
  /** How far below zero the available amount may go; null is unbounded. */
  readonly limitMinor: bigint | null;
  /** Whose limits hold for it; null or absent: nobody's. */
  readonly tier?: string | null;
  /** Loaded for accounts of a tier. */
  limits?: AccountLimits;
  balanceMinor: bigint;
  heldMinor: bigint;
  /** Counts the account's entries; holds do not raise it. */
  version: bigint;
};

/** A hold as it stands in the database, or as the book opened it. */
export type Hold = {
  readonly id: string;
  readonly accountId: bigint;
  readonly amountMinor: bigint;
  readonly paymentId: string | null;
  /** The database's verdict: its expiry had come when the batch read it under the lock. */
  readonly isPast: boolean;
  capturedMinor: bigint;
  state: 'open' | 'captured' | 'voided' | 'expired';
};

/** A hold that the book opened: captured or voided by now, if a later item did so. */
export type NewHold = Hold &
  Pick<HoldItem, 'reason' | 'expiresInSeconds' | 'reference' | 'metadata'>;

/** A transfer that is to be reversed, with its entries. */
export type Original = {
  readonly id: string;
  readonly kind: TransferKind;
  readonly paymentId: string | null;
  /** Another transfer has reversed it. */
  readonly isReversed: boolean;
  readonly entries: readonly { readonly accountId: bigint; readonly amountMinor: bigint }[];
};

/** The row of a transfer. What is absent is null. A plain transfer's is the item itself. */
export type PostedTransfer = {
  readonly id: string;
  readonly kind: TransferKind;
  readonly paymentId: string | null;
  readonly intentId: string | null;
  readonly reference?: string | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  /** Milliseconds since 1970. */
  readonly effectiveAtMs?: number | null;
  /** The hold it captures. */
  readonly holdId?: string;
  /** The transfer it reverses. */
  readonly reverses?: string;
  /** The chain it was posted with. */
  readonly chainId?: string;
};

/** A leg as it stands in the journal. */
export type Entry = {
  readonly accountId: bigint;
  readonly version: bigint;
  readonly transferId: string;
  readonly amountMinor: bigint;
  readonly balanceAfterMinor: bigint;
  readonly effectiveAtMs: number | null;
};

/** What a chain must put back when one of its items is refused. */
type Undo = {
  readonly chainId: string;
  readonly accounts: Map<
    Account,
    Pick<Account, 'balanceMinor' | 'heldMinor' | 'version' | 'limits'>
  >;
  readonly holds: Map<Hold, Pick<Hold, 'capturedMinor' | 'state'>>;
  readonly newlyChangedAccounts: Account[];
  readonly newlyChangedHolds: Hold[];
  readonly reversed: string[];
  readonly transferCount: number;
  readonly entryCount: number;
  readonly newHoldCount: number;
};

/** What the parts of a book share; only `createBook` makes one. */
export type BookState = {
  readonly accounts: ReadonlyMap<bigint, Account>;
  /** Loaded ones and new ones. */
  readonly holds: Map<string, Hold>;
  readonly originals: ReadonlyMap<string, Original>;
  /** The database's clock at the start of the batch, or null where nobody asked. */
  readonly nowMs: number | null;
  readonly transfers: PostedTransfer[];
  readonly entries: Entry[];
  readonly newHolds: NewHold[];
  readonly changed: Set<Account>;
  readonly changedHolds: Set<Hold>;
  /** Those with a tier; almost always none. */
  readonly limited: readonly Account[];
  /** Transfers that this book has reversed. */
  readonly reversed: Set<string>;
  /** Kept while the items of a chain are posted. */
  undo: Undo | null;
};

/** To be called before an account is changed. */
export function touchAccount(state: BookState, account: Account): void {
  const { undo, changed } = state;
  if (undo !== null) {
    if (!undo.accounts.has(account)) {
      const { balanceMinor, heldMinor, version, limits } = account;
      const was = { balanceMinor, heldMinor, version };
      undo.accounts.set(account, limits === undefined ? was : { ...was, limits });
    }
    if (!changed.has(account)) undo.newlyChangedAccounts.push(account);
  }
  changed.add(account);
}

/** To be called before a hold is changed. New ones are written whole and need no change. */
export function touchHold(state: BookState, hold: Hold): void {
  const { undo, changedHolds } = state;
  if (undo !== null && !undo.holds.has(hold)) {
    const { capturedMinor, state: was } = hold;
    undo.holds.set(hold, { capturedMinor, state: was });
  }
  if (isNew(hold) || changedHolds.has(hold)) return;
  undo?.newlyChangedHolds.push(hold);
  changedHolds.add(hold);
}

function isNew(hold: Hold): hold is NewHold {
  return 'expiresInSeconds' in hold;
}

/** The next entry of an account, and the account as it is after it. */
export function addEntry(
  state: BookState,
  account: Account,
  transfer: PostedTransfer,
  amountMinor: bigint,
): void {
  touchAccount(state, account);
  if (isLimited(account)) use(account, transfer.kind, amountMinor);
  account.balanceMinor += amountMinor;
  account.version += 1n;
  state.entries.push({
    accountId: account.id,
    version: account.version,
    transferId: transfer.id,
    amountMinor,
    balanceAfterMinor: account.balanceMinor,
    effectiveAtMs: transfer.effectiveAtMs ?? null,
  });
}

export function addTransfer(state: BookState, transfer: PostedTransfer): void {
  const { undo } = state;
  state.transfers.push(undo === null ? transfer : { ...transfer, chainId: undo.chainId });
}

export function addHold(state: BookState, hold: NewHold): void {
  state.newHolds.push(hold);
  state.holds.set(hold.id, hold);
}

export function addReversal(state: BookState, transferId: string): void {
  state.reversed.add(transferId);
  state.undo?.reversed.push(transferId);
}

/** From here on everything belongs to the chain and can be put back. */
export function beginUndo(state: BookState, chainId: string): void {
  state.undo = {
    chainId,
    accounts: new Map(),
    holds: new Map(),
    newlyChangedAccounts: [],
    newlyChangedHolds: [],
    reversed: [],
    transferCount: state.transfers.length,
    entryCount: state.entries.length,
    newHoldCount: state.newHolds.length,
  };
}

/** Keeps what was done since `beginUndo`. */
export function endUndo(state: BookState): void {
  state.undo = null;
}

/** Puts everything back to what it was at `beginUndo`. */
export function undoAll(state: BookState): void {
  const { undo } = state;
  if (undo === null) return;
  for (const [account, was] of undo.accounts) Object.assign(account, was);
  for (const [hold, was] of undo.holds) Object.assign(hold, was);
  for (const account of undo.newlyChangedAccounts) state.changed.delete(account);
  for (const hold of undo.newlyChangedHolds) state.changedHolds.delete(hold);
  for (const id of undo.reversed) state.reversed.delete(id);
  state.transfers.length = undo.transferCount;
  state.entries.length = undo.entryCount;
  for (const hold of state.newHolds.splice(undo.newHoldCount)) state.holds.delete(hold.id);
  state.undo = null;
}

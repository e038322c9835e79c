import { transferKinds } from '../chart.ts';
import type { AccountKind } from '../chart.ts';
import type { LedgerItem, PostResult } from '../items.ts';

/**
 * The ledger as one would explain it: lists that only grow, and every figure counted from them
 * again whenever it is wanted. It shares no code with the book and is compared with it and with
 * the real ledger. Values never change: a step gives a new model.
 */
export type Model = {
  readonly accounts: readonly ModelAccount[];
  readonly journal: readonly ModelEntry[];
  readonly transfers: readonly ModelTransfer[];
  readonly holds: readonly ModelHold[];
  readonly answers: readonly { readonly item: LedgerItem; readonly result: PostResult }[];
  /** What the ledger's clock says; only effective times are compared with it. */
  readonly nowMs: number;
};

export type ModelAccount = {
  readonly id: bigint;
  readonly kind: AccountKind;
  readonly currency: string;
  readonly status: 'active' | 'frozen' | 'closed';
  readonly limitMinor: bigint | null;
};
export type ModelEntry = {
  readonly transferId: string;
  readonly accountId: bigint;
  readonly amountMinor: bigint;
};
export type ModelTransfer = {
  readonly id: string;
  readonly kind: string;
  readonly reverses: string | null;
};
export type ModelHold = {
  readonly id: string;
  readonly accountId: bigint;
  readonly amountMinor: bigint;
  readonly capturedMinor: bigint;
  readonly state: 'open' | 'captured' | 'voided' | 'expired';
  readonly isPast: boolean;
};

export function createModel(accounts: readonly ModelAccount[], nowMs: number): Model {
  return { accounts, journal: [], transfers: [], holds: [], answers: [], nowMs };
}

export function balanceOf({ journal }: Model, accountId: bigint): bigint {
  return journal
    .filter((entry) => entry.accountId === accountId)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

export function heldOf({ holds }: Model, accountId: bigint): bigint {
  return holds
    .filter((hold) => hold.accountId === accountId && hold.state === 'open')
    .reduce((sum, { amountMinor, capturedMinor }) => sum + amountMinor - capturedMinor, 0n);
}

export function versionOf({ journal }: Model, accountId: bigint): bigint {
  return BigInt(journal.filter((entry) => entry.accountId === accountId).length);
}

export function accountOf({ accounts }: Model, accountId: bigint): ModelAccount | undefined {
  return accounts.find(({ id }) => id === accountId);
}

export function mayStand(kind: string, account: ModelAccount, amountMinor: bigint): boolean {
  const sides: { debit: readonly string[]; credit: readonly string[] } | undefined = Object.entries(
    transferKinds,
  ).find(([name]) => name === kind)?.[1];
  return (amountMinor < 0n ? sides?.debit : sides?.credit)?.includes(account.kind) === true;
}

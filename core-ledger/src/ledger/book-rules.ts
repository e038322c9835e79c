import type { Account } from './book-state.ts';
import type { Sides } from './chart.ts';
import { maximumAmountMinor } from './items.ts';
import type { Condition, PostResult, Refusal } from './items.ts';
import type { LimitRefusal } from './limits.ts';

/** Keeps balances inside the database's 64 bits with room for any single amount. */
const maximumBalanceMinor = 1n << 62n;

/** The answer of almost every item. */
export const posted: PostResult = { ok: true, repeated: false };

export function refused(reason: Refusal): Extract<PostResult, { ok: false }> {
  return { ok: false, repeated: false, reason };
}

/** What an owner may do by their tier is used up. */
export function refusedByLimit(limit: LimitRefusal): Extract<PostResult, { ok: false }> {
  return { ...refused('limit_exceeded'), limit };
}

/** An amount that may stand in an item: positive and within the bound. */
export function isAmount(amountMinor: bigint): boolean {
  return amountMinor > 0n && amountMinor <= maximumAmountMinor;
}

/** Why this amount, which is good, cannot move on this account; its funds aside. */
export function refusalOfMove(
  account: Account,
  amountMinor: bigint,
  sides: Sides | null,
): Refusal | null {
  const isDebit = amountMinor < 0n;
  if (sides !== null && !(isDebit ? sides.debit : sides.credit).has(account.kind)) {
    return 'kind_not_allowed';
  }
  if (account.status === 'closed') return 'account_closed';
  // Credits to a frozen account are allowed: money may come in, none goes out.
  const isStopped = account.status === 'frozen' && sides?.despiteFreeze !== true;
  if (isStopped && isDebit) return 'account_frozen';
  const after = account.balanceMinor + amountMinor;
  if (after > maximumBalanceMinor || after < -maximumBalanceMinor) return 'limit_exceeded';
  return null;
}

/** Are there funds for this much, the account's limit included? */
export function isCovered(account: Account, amountMinor: bigint): boolean {
  if (account.limitMinor === null) return true;
  return account.balanceMinor - account.heldMinor - amountMinor >= -account.limitMinor;
}

/** Do the conditions hold on an account whose balance is about to change by `amountMinor`? */
export function areMet(
  conditions: readonly Condition[],
  account: Account,
  amountMinor: bigint,
): boolean {
  return conditions.every(({ of, is, value }) => {
    const actual = actualOf(of, account, amountMinor);
    if (is === 'at_least') return actual >= value;
    if (is === 'at_most') return actual <= value;
    return actual === value;
  });
}

function actualOf(of: Condition['of'], account: Account, amountMinor: bigint): bigint {
  if (of === 'version') return account.version;
  const balanceMinor = account.balanceMinor + amountMinor;
  return of === 'balance' ? balanceMinor : balanceMinor - account.heldMinor;
}

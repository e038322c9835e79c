import {
  isAmount,
  isCovered,
  posted,
  refusalOfMove,
  refused,
  refusedByLimit,
} from './book-rules.ts';
import { addEntry, addHold, addTransfer, touchAccount, touchHold } from './book-state.ts';
import type { Account, BookState, Hold } from './book-state.ts';
import { sidesOf } from './chart.ts';
import { limitAgainst } from './limits.ts';
import type { LimitRefusal } from './limits.ts';
import { maximumHoldSeconds } from './items.ts';
import type { CaptureItem, HoldItem, PostResult, Refusal, VoidItem } from './items.ts';

/** Sets an amount aside, or refuses to and changes nothing. */
export function postHold(state: BookState, item: HoldItem): PostResult {
  const account = state.accounts.get(item.accountId);
  if (account === undefined) return refused('unknown_account');
  const reason = refusalOfHold(item, account);
  if (reason !== null) return refused(reason);
  // What is held will be paid.
  const limit = limitAgainst(account, 'payment', -item.amountMinor);
  if (limit !== null) return refusedByLimit(limit);
  const { id, accountId, amountMinor, paymentId, expiresInSeconds } = item;
  addHold(state, {
    ...{ id, accountId, amountMinor, paymentId, expiresInSeconds, reason: item.reason },
    ...{ reference: item.reference ?? null, metadata: item.metadata ?? null },
    ...{ isPast: false, capturedMinor: 0n, state: 'open' },
  });
  touchAccount(state, account);
  account.heldMinor += amountMinor;
  return posted;
}

function refusalOfHold(item: HoldItem, account: Account): Refusal | null {
  const { amountMinor, expiresInSeconds } = item;
  if (!isAmount(amountMinor)) return 'invalid_amount';
  if (account.currency !== item.currency) return 'currency_mismatch';
  if (account.status === 'closed') return 'account_closed';
  if (account.status === 'frozen') return 'account_frozen';
  if (!(expiresInSeconds >= 1 && expiresInSeconds <= maximumHoldSeconds)) return 'invalid_expiry';
  if (!isCovered(account, amountMinor)) return 'insufficient_funds';
  return null;
}

/** Moves what a hold set aside to the accounts of `to`, or refuses to and changes nothing. */
export function postCapture(state: BookState, item: CaptureItem): PostResult {
  const hold = state.holds.get(item.holdId);
  const account = hold && state.accounts.get(hold.accountId);
  if (hold === undefined || account === undefined) return refused('unknown_hold');
  let capturedMinor = 0n;
  for (const { amountMinor } of item.to) capturedMinor += amountMinor;
  const reason = refusalOfHoldState(hold) ?? refusalOfCapture(state, item, account, capturedMinor);
  if (reason !== null) return refused(reason);
  const remainingMinor = hold.amountMinor - hold.capturedMinor;
  if (capturedMinor > remainingMinor) return refused('hold_exceeded');
  const limit = limitOfCredits(state, item);
  if (limit !== null) return refusedByLimit(limit);
  const { id, kind, intentId, reference = null, metadata = null } = item;
  const transfer = {
    ...{ id, kind, intentId, reference, metadata },
    ...{ paymentId: hold.paymentId, holdId: hold.id },
  };
  addTransfer(state, transfer);
  // The debit goes first, as in every transfer of ours.
  addEntry(state, account, transfer, -capturedMinor);
  for (const { accountId, amountMinor } of item.to) {
    const credited = state.accounts.get(accountId);
    if (credited !== undefined) addEntry(state, credited, transfer, amountMinor);
  }
  touchHold(state, hold);
  hold.capturedMinor += capturedMinor;
  const isDone = item.final || capturedMinor === remainingMinor;
  if (isDone) hold.state = 'captured';
  account.heldMinor -= isDone ? remainingMinor : capturedMinor;
  return posted;
}

function refusalOfCapture(
  state: BookState,
  { kind, to }: CaptureItem,
  account: Account,
  capturedMinor: bigint,
): Refusal | null {
  const sides = sidesOf[kind];
  if (to.length === 0) return 'invalid_amount';
  for (const [index, { accountId, amountMinor }] of to.entries()) {
    const credited = state.accounts.get(accountId);
    if (credited === undefined) return 'unknown_account';
    if (!isAmount(amountMinor)) return 'invalid_amount';
    if (credited.currency !== account.currency) return 'currency_mismatch';
    const reason = refusalOfMove(credited, amountMinor, sides);
    if (reason !== null) return reason;
    if (accountId === account.id) return 'same_account';
    if (to.slice(0, index).some((other) => other.accountId === accountId)) return 'same_account';
  }
  return refusalOfMove(account, -capturedMinor, sides);
}

/** The debit was allowed when it was held. */
function limitOfCredits(state: BookState, { kind, to }: CaptureItem): LimitRefusal | null {
  for (const { accountId, amountMinor } of state.limited.length === 0 ? [] : to) {
    const credited = state.accounts.get(accountId);
    const limit = credited === undefined ? null : limitAgainst(credited, kind, amountMinor);
    if (limit !== null) return limit;
  }
  return null;
}

/** Releases what a hold still sets aside; also on a frozen account, for nothing moves. */
export function postVoid(state: BookState, item: VoidItem): PostResult {
  const hold = state.holds.get(item.holdId);
  const account = hold && state.accounts.get(hold.accountId);
  if (hold === undefined || account === undefined) return refused('unknown_hold');
  const reason = refusalOfHoldState(hold);
  if (reason !== null) return refused(reason);
  touchAccount(state, account);
  touchHold(state, hold);
  account.heldMinor -= hold.amountMinor - hold.capturedMinor;
  hold.state = 'voided';
  return posted;
}

/**
 * Ends an open hold whose time has come by the database's clock; false when it is not so, and then
 * nothing changes. Also on a frozen account, for nothing moves.
 */
export function expireHold(state: BookState, holdId: string): boolean {
  const hold = state.holds.get(holdId);
  const account = hold && state.accounts.get(hold.accountId);
  if (hold === undefined || account === undefined) return false;
  if (hold.state !== 'open' || !hold.isPast) return false;
  touchAccount(state, account);
  touchHold(state, hold);
  account.heldMinor -= hold.amountMinor - hold.capturedMinor;
  hold.state = 'expired';
  return true;
}

/** Expired is what the database's clock says, whether or not the job has come round to it. */
function refusalOfHoldState({ state, isPast }: Hold): Refusal | null {
  if (state === 'captured' || state === 'voided') return 'hold_closed';
  return state === 'expired' || isPast ? 'hold_expired' : null;
}

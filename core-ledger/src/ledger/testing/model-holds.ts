import { maximumAmountMinor, maximumHoldSeconds } from '../items.ts';
import type { CaptureItem, HoldItem, Refusal, VoidItem } from '../items.ts';
import { accountOf, mayStand } from './model-state.ts';
import type { Model, ModelAccount, ModelHold } from './model-state.ts';
import { isShort, refusalOfStatus } from './model-transfers.ts';

/** Why this hold, capture or void is refused. */
export function refusalOfHolding(
  model: Model,
  item: HoldItem | CaptureItem | VoidItem,
): Refusal | null {
  if (item.type === 'hold') return refusalOfHold(model, item);
  const hold = model.holds.find(({ id }) => id === item.holdId);
  const held = hold && accountOf(model, hold.accountId);
  if (hold === undefined || held === undefined) return 'unknown_hold';
  if (hold.state === 'captured' || hold.state === 'voided') return 'hold_closed';
  if (hold.state === 'expired' || hold.isPast) return 'hold_expired';
  return item.type === 'void' ? null : refusalOfCapture(model, item, hold, held);
}

function refusalOfHold(model: Model, item: HoldItem): Refusal | null {
  const { amountMinor, expiresInSeconds } = item;
  const account = accountOf(model, item.accountId);
  if (account === undefined) return 'unknown_account';
  if (!isGood(amountMinor)) return 'invalid_amount';
  if (account.currency !== item.currency) return 'currency_mismatch';
  if (account.status === 'closed') return 'account_closed';
  if (account.status === 'frozen') return 'account_frozen';
  if (expiresInSeconds < 1 || expiresInSeconds > maximumHoldSeconds) return 'invalid_expiry';
  return isShort(model, account.id, amountMinor) ? 'insufficient_funds' : null;
}

function refusalOfCapture(
  model: Model,
  { kind, to }: CaptureItem,
  hold: ModelHold,
  held: ModelAccount,
): Refusal | null {
  if (to.length === 0) return 'invalid_amount';
  const ids = [held.id, ...to.map(({ accountId }) => accountId)];
  for (const [index, { accountId, amountMinor }] of to.entries()) {
    const credited = accountOf(model, accountId);
    if (credited === undefined) return 'unknown_account';
    if (!isGood(amountMinor)) return 'invalid_amount';
    if (credited.currency !== held.currency) return 'currency_mismatch';
    if (!mayStand(kind, credited, amountMinor)) return 'kind_not_allowed';
    const reason = refusalOfStatus(model, credited, amountMinor);
    if (reason !== null) return reason;
    if (ids.indexOf(accountId) <= index) return 'same_account';
  }
  const total = to.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  if (!mayStand(kind, held, -total)) return 'kind_not_allowed';
  const reason = refusalOfStatus(model, held, -total);
  if (reason !== null) return reason;
  return total > hold.amountMinor - hold.capturedMinor ? 'hold_exceeded' : null;
}

function isGood(amountMinor: bigint): boolean {
  return amountMinor >= 1n && amountMinor <= maximumAmountMinor;
}

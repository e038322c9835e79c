import { maximumAmountMinor } from '../items.ts';
import type { Condition, Leg, Refusal, TransferItem } from '../items.ts';
import { accountOf, balanceOf, heldOf, mayStand, versionOf } from './model-state.ts';
import type { Model, ModelAccount } from './model-state.ts';

/** The amounts of the legs, those that were left open worked out. */
export function resolve(model: Model, legs: readonly Leg[]): bigint[] {
  const taken = legs.map((leg) => {
    if ('amountMinor' in leg) return leg.amountMinor;
    if ('rest' in leg) return 0n;
    const available = balanceOf(model, leg.accountId) - heldOf(model, leg.accountId);
    const wanted = leg.upToMinor ?? maximumAmountMinor;
    return -(available <= 0n ? 0n : available < wanted ? available : wanted);
  });
  return legs.map((leg, index) => {
    if (!('rest' in leg)) return taken[index] ?? 0n;
    return -sum(taken.filter((_, other) => legs[other]?.currency === leg.currency));
  });
}

export function refusalOfTransfer(model: Model, item: TransferItem): Refusal | null {
  const { legs } = item;
  const isOpen = legs.some((leg) => !('amountMinor' in leg));
  const currencies = [...new Set(legs.map(({ currency }) => currency))];
  if (isOpen) {
    for (const leg of legs) {
      if (accountOf(model, leg.accountId) === undefined) return 'unknown_account';
      const bound = 'upToMinor' in leg ? (leg.upToMinor ?? 1n) : 1n;
      if (bound < 1n || bound > maximumAmountMinor) return 'invalid_amount';
    }
    const rests = legs.filter((leg) => 'rest' in leg).map(({ currency }) => currency);
    if (new Set(rests).size < rests.length) return 'unbalanced';
  }
  const amounts = resolve(model, legs);
  for (const [index, leg] of legs.entries()) {
    const reason = refusalOfLeg(model, item.kind, leg, amounts[index] ?? 0n);
    if (reason !== null) return reason;
    if (legs.findIndex(({ accountId }) => accountId === leg.accountId) < index) {
      return 'same_account';
    }
  }
  if (legs.length < 2) return 'unbalanced';
  if (amounts.every((amount) => amount === 0n)) return 'nothing_available';
  for (const currency of currencies) {
    const mine = legs.filter((leg) => leg.currency === currency);
    const total = sum(amounts.filter((_, index) => legs[index]?.currency === currency));
    if (total > 0n && mine.some((leg) => 'upToMinor' in leg)) return 'insufficient_funds';
    if (total !== 0n) return 'unbalanced';
  }
  const { effectiveAtMs = null } = item;
  if (effectiveAtMs !== null && (effectiveAtMs < 0 || effectiveAtMs > model.nowMs)) {
    return 'invalid_effective_time';
  }
  for (const [index, leg] of legs.entries()) {
    const amount = amounts[index] ?? 0n;
    const isMet = (condition: Condition) => holds(model, leg.accountId, condition, amount);
    if (!(leg.conditions ?? []).every(isMet)) return 'condition_failed';
    if (amount < 0n && isShort(model, leg.accountId, -amount)) return 'insufficient_funds';
  }
  return null;
}

function refusalOfLeg(model: Model, kind: string, leg: Leg, amount: bigint): Refusal | null {
  const account = accountOf(model, leg.accountId);
  if (account === undefined) return 'unknown_account';
  const isEmpty = amount === 0n && !('amountMinor' in leg);
  if (isEmpty) return account.currency === leg.currency ? null : 'currency_mismatch';
  if (amount === 0n || absolute(amount) > maximumAmountMinor) return 'invalid_amount';
  if (account.currency !== leg.currency) return 'currency_mismatch';
  if (!mayStand(kind, account, amount)) return 'kind_not_allowed';
  return refusalOfStatus(model, account, amount);
}

/** What the account's own state forbids. */
export function refusalOfStatus(
  model: Model,
  account: ModelAccount,
  amount: bigint,
): Refusal | null {
  if (account.status === 'closed') return 'account_closed';
  if (account.status === 'frozen' && amount < 0n) return 'account_frozen';
  return absolute(balanceOf(model, account.id) + amount) > 2n ** 62n ? 'limit_exceeded' : null;
}

/** The opposite of a transfer is a transfer; the chart does not apply to it. */
export function refusalOfReversal(model: Model, transferId: string): Refusal | null {
  const original = model.transfers.find(({ id }) => id === transferId);
  if (original === undefined) return 'unknown_transfer';
  if (original.reverses !== null) return 'not_reversible';
  if (model.transfers.some(({ reverses }) => reverses === transferId)) return 'already_reversed';
  for (const entry of model.journal.filter((e) => e.transferId === transferId)) {
    const account = accountOf(model, entry.accountId);
    if (account === undefined) return 'unknown_transfer';
    const reason = refusalOfStatus(model, account, -entry.amountMinor);
    if (reason !== null) return reason;
    const { amountMinor } = entry;
    if (amountMinor > 0n && isShort(model, account.id, amountMinor)) return 'insufficient_funds';
  }
  return null;
}

/** Would taking this much leave less than the account's limit allows? */
export function isShort(model: Model, accountId: bigint, amount: bigint): boolean {
  const limit = accountOf(model, accountId)?.limitMinor ?? null;
  if (limit === null) return false;
  return balanceOf(model, accountId) - heldOf(model, accountId) - amount < -limit;
}

function holds(model: Model, accountId: bigint, condition: Condition, amount: bigint): boolean {
  const balance = balanceOf(model, accountId) + amount;
  const actual = {
    balance,
    available: balance - heldOf(model, accountId),
    version: versionOf(model, accountId),
  }[condition.of];
  const { value } = condition;
  return { at_least: actual >= value, at_most: actual <= value, equal: actual === value }[
    condition.is
  ];
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

import { amountOf, amountsOfOpenLegs, isBalancing, sumOf } from './book-open-legs.ts';
import {
  areMet,
  isAmount,
  isCovered,
  posted,
  refusalOfMove,
  refused,
  refusedByLimit,
} from './book-rules.ts';
import { addEntry, addTransfer } from './book-state.ts';
import type { BookState } from './book-state.ts';
import { sidesOf } from './chart.ts';
import { limitAgainst } from './limits.ts';
import type { LimitRefusal } from './limits.ts';
import type { Leg, PostResult, Refusal, TransferItem } from './items.ts';

/** Of all legs in their order; null where none left its amount open, as almost always. */
type Amounts = readonly bigint[] | null;

/** Posts a transfer whole, or refuses it and changes nothing. */
export function postTransfer(state: BookState, item: TransferItem): PostResult {
  const { legs } = item;
  const amounts = legs.every(isFixed) ? null : amountsOfOpenLegs(state, legs);
  if (typeof amounts === 'string') return refused(amounts);
  const reason = refusalOf(state, item, amounts);
  if (reason !== null) return refused(reason);
  const limit = state.limited.length === 0 ? null : limitOf(state, item, amounts);
  if (limit !== null) return refusedByLimit(limit);
  addTransfer(state, item);
  for (let index = 0; index < legs.length; index += 1) {
    const leg = legs[index];
    const account = leg && state.accounts.get(leg.accountId);
    if (leg === undefined || account === undefined) continue;
    const amountMinor = amountOf(leg, index, amounts);
    if (amountMinor !== 0n) addEntry(state, account, item, amountMinor);
  }
  return amounts === null ? posted : { ok: true, repeated: false, amounts };
}

/** Looked for last: whoever has no money is told so, and not what they might have paid. */
function limitOf(state: BookState, item: TransferItem, amounts: Amounts): LimitRefusal | null {
  for (const [index, leg] of item.legs.entries()) {
    const account = state.accounts.get(leg.accountId);
    if (account === undefined) continue;
    const limit = limitAgainst(account, item.kind, amountOf(leg, index, amounts));
    if (limit !== null) return limit;
  }
  return null;
}

function isFixed(leg: Leg): boolean {
  return 'amountMinor' in leg;
}

function refusalOf(state: BookState, item: TransferItem, amounts: Amounts): Refusal | null {
  return (
    refusalOfLegs(state, item, amounts) ??
    refusalOfSum(item.legs, amounts) ??
    refusalOfTime(state, item) ??
    // Funds come last, so that a wrong item is told it is wrong even when there is no money.
    refusalOfFunds(state, item.legs, amounts)
  );
}

function refusalOfLegs(state: BookState, item: TransferItem, amounts: Amounts): Refusal | null {
  const { legs } = item;
  const sides = sidesOf[item.kind];
  for (let index = 0; index < legs.length; index += 1) {
    const leg = legs[index];
    if (leg === undefined) continue;
    const account = state.accounts.get(leg.accountId);
    if (account === undefined) return 'unknown_account';
    const amountMinor = amountOf(leg, index, amounts);
    const isOpenAndEmpty = amountMinor === 0n && !isFixed(leg);
    if (!isOpenAndEmpty && !isAmount(amountMinor < 0n ? -amountMinor : amountMinor)) {
      return 'invalid_amount';
    }
    if (account.currency !== leg.currency) return 'currency_mismatch';
    const reason = isOpenAndEmpty ? null : refusalOfMove(account, amountMinor, sides);
    if (reason !== null) return reason;
    for (let other = 0; other < index; other += 1) {
      if (legs[other]?.accountId === leg.accountId) return 'same_account';
    }
  }
  return null;
}

/** At least two legs, something that moves, and zero in each currency. */
function refusalOfSum(legs: readonly Leg[], amounts: Amounts): Refusal | null {
  if (legs.length < 2) return 'unbalanced';
  if (amounts?.every((amountMinor) => amountMinor === 0n) === true) return 'nothing_available';
  for (let index = 0; index < legs.length; index += 1) {
    const leg = legs[index];
    // The first leg of each currency speaks for it; almost every transfer has one currency.
    if (leg === undefined || isSpokenFor(legs, index)) continue;
    const sum = sumOf(legs, amounts, leg.currency);
    if (sum === 0n) continue;
    // The item is right, and would balance if its accounts had more.
    const isShort = sum > 0n && legs.some((l) => l.currency === leg.currency && isBalancing(l));
    return isShort ? 'insufficient_funds' : 'unbalanced';
  }
  return null;
}

function isSpokenFor(legs: readonly Leg[], index: number): boolean {
  for (let earlier = 0; earlier < index; earlier += 1) {
    if (legs[earlier]?.currency === legs[index]?.currency) return true;
  }
  return false;
}

function refusalOfTime({ nowMs }: BookState, { effectiveAtMs }: TransferItem): Refusal | null {
  if (effectiveAtMs === undefined || effectiveAtMs === null) return null;
  const isPast = nowMs !== null && effectiveAtMs >= 0 && effectiveAtMs <= nowMs;
  return isPast ? null : 'invalid_effective_time';
}

function refusalOfFunds(state: BookState, legs: readonly Leg[], amounts: Amounts): Refusal | null {
  for (let index = 0; index < legs.length; index += 1) {
    const leg = legs[index];
    const account = leg && state.accounts.get(leg.accountId);
    if (leg === undefined || account === undefined) continue;
    const amountMinor = amountOf(leg, index, amounts);
    if (leg.conditions !== undefined && !areMet(leg.conditions, account, amountMinor)) {
      return 'condition_failed';
    }
    if (amountMinor < 0n && !isCovered(account, -amountMinor)) return 'insufficient_funds';
  }
  return null;
}

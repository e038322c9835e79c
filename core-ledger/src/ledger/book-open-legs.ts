import { isAmount } from './book-rules.ts';
import type { Account, BookState } from './book-state.ts';
import { maximumAmountMinor } from './items.ts';
import type { BalancingLeg, Leg, Refusal, RestLeg } from './items.ts';

export function isBalancing(leg: Leg): leg is BalancingLeg {
  return 'upToMinor' in leg;
}

function isRest(leg: Leg): leg is RestLeg {
  return 'rest' in leg;
}

/**
 * The amounts of all legs in their order, those that were left open resolved: first the balancing
 * ones from what their accounts have, then the rests from what all others of the currency leave.
 */
export function amountsOfOpenLegs(state: BookState, legs: readonly Leg[]): bigint[] | Refusal {
  const amounts: bigint[] = [];
  for (const leg of legs) {
    const account = state.accounts.get(leg.accountId);
    if (account === undefined) return 'unknown_account';
    if (isBalancing(leg)) {
      if (leg.upToMinor !== null && !isAmount(leg.upToMinor)) return 'invalid_amount';
      amounts.push(-lesser(availableOf(account), leg.upToMinor ?? maximumAmountMinor));
    } else amounts.push(isRest(leg) ? 0n : leg.amountMinor);
  }
  for (const [index, leg] of legs.entries()) {
    if (!isRest(leg)) continue;
    const others = legs.filter((other) => other.currency === leg.currency && other !== leg);
    if (others.some(isRest)) return 'unbalanced';
    amounts[index] = -sumOf(legs, amounts, leg.currency);
  }
  return amounts;
}

/** What the legs of one currency sum to. */
export function sumOf(
  legs: readonly Leg[],
  amounts: readonly bigint[] | null,
  currency: string,
): bigint {
  let sum = 0n;
  for (let index = 0; index < legs.length; index += 1) {
    const leg = legs[index];
    if (leg?.currency === currency) sum += amountOf(leg, index, amounts);
  }
  return sum;
}

/** The amount of a leg, where `amounts` has those that were left open. */
export function amountOf(leg: Leg, index: number, amounts: readonly bigint[] | null): bigint {
  if (amounts !== null) return amounts[index] ?? 0n;
  return 'amountMinor' in leg ? leg.amountMinor : 0n;
}

/** What is free to take; never what lies below zero. */
function availableOf({ balanceMinor, heldMinor }: Account): bigint {
  return balanceMinor > heldMinor ? balanceMinor - heldMinor : 0n;
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

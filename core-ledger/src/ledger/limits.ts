import { LedgerFault } from '../database/fault.ts';
import type { Account } from './book-state.ts';
import type { TransferKind } from './chart.ts';

/** What a tier allows, in minor units of an account's currency; null is no limit. */
export type TierLimits = {
  /** A single payment or withdrawal. */
  readonly perTransactionMinor: bigint | null;
  /** Payments and withdrawals of a calendar day (UTC), with all that is held. */
  readonly perDayMinor: bigint | null;
  /** Likewise of a calendar month. */
  readonly perMonthMinor: bigint | null;
  /** Payments and top-ups may not bring more than this. */
  readonly maximumBalanceMinor: bigint | null;
};

/** An account's limits and what of them is used, as of the batch that loaded them. */
export type AccountLimits = TierLimits & {
  /** The database's day, as YYYY-MM-DD. */
  readonly day: string;
  readonly dayEndsAtMs: number;
  readonly monthEndsAtMs: number;
  /** Paid on that day, and in its month. */
  readonly dayMinor: bigint;
  readonly monthMinor: bigint;
  /** Has the batch added to it? */
  readonly isUsed: boolean;
};

export type LimitKind = 'per_transaction' | 'per_day' | 'per_month' | 'maximum_balance';

/** The limit that stands against an amount. */
export type LimitRefusal = {
  readonly kind: LimitKind;
  readonly limitMinor: bigint;
  /** What is used of it without the amount that was refused. */
  readonly usedMinor: bigint;
  /** Milliseconds since 1970; null where time does not help. */
  readonly resetsAtMs: number | null;
};

/** What an owner decides to pay. Fees, refunds and disputes are not their choice. */
const counted: ReadonlySet<TransferKind> = new Set(['payment', 'withdrawal'] as const);
/** What brings new money. What comes back must have its place, however full the wallet is. */
const bringing: ReadonlySet<TransferKind> = new Set(['payment', 'top_up'] as const);

/**
 * Which limit of the account's tier forbids this amount, as a transfer of this kind or a hold for
 * one? What is held counts as paid: whoever holds has decided to pay, and capturing it later is
 * never refused. Accounts without a tier have none.
 */
export function limitAgainst(
  account: Account,
  kind: TransferKind,
  amountMinor: bigint,
): LimitRefusal | null {
  if (!isLimited(account)) return null;
  if (amountMinor < 0n) return counted.has(kind) ? againstPaying(account, -amountMinor) : null;
  return bringing.has(kind) ? againstBringing(account, amountMinor) : null;
}

function againstBringing(account: Account, amountMinor: bigint): LimitRefusal | null {
  const { maximumBalanceMinor: limitMinor } = limitsOf(account);
  const { balanceMinor: usedMinor } = account;
  if (limitMinor === null || usedMinor + amountMinor <= limitMinor) return null;
  return { kind: 'maximum_balance', limitMinor, usedMinor, resetsAtMs: null };
}

function againstPaying(account: Account, amountMinor: bigint): LimitRefusal | null {
  const limits = limitsOf(account);
  const { heldMinor } = account;
  const against = (
    kind: LimitKind,
    limitMinor: bigint | null,
    usedMinor: bigint,
    resetsAtMs: number | null,
  ): LimitRefusal | null =>
    limitMinor === null || usedMinor + amountMinor <= limitMinor
      ? null
      : { kind, limitMinor, usedMinor, resetsAtMs };
  return (
    against('per_transaction', limits.perTransactionMinor, 0n, null) ??
    against('per_day', limits.perDayMinor, limits.dayMinor + heldMinor, limits.dayEndsAtMs) ??
    against('per_month', limits.perMonthMinor, limits.monthMinor + heldMinor, limits.monthEndsAtMs)
  );
}

export function isLimited({ tier }: Account): boolean {
  return tier !== undefined && tier !== null;
}

/** Adds what an entry has paid. To be called for each entry of a limited account. */
export function use(account: Account, kind: TransferKind, amountMinor: bigint): void {
  if (amountMinor >= 0n || !counted.has(kind)) return;
  const limits = limitsOf(account);
  account.limits = {
    ...limits,
    dayMinor: limits.dayMinor - amountMinor,
    monthMinor: limits.monthMinor - amountMinor,
    isUsed: true,
  };
}

/** Whoever opens a book in which accounts pay loads their limits: to forget them is a fault. */
function limitsOf({ id, limits }: Account): AccountLimits {
  if (limits !== undefined) return limits;
  throw new LedgerFault('limits_not_loaded', `account ${id} has a tier, its limits are not known`);
}

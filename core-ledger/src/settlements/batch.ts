import type { TransferKind } from '../ledger/chart.ts';
import type { SettlementReport } from './settlement.ts';

/** What one transfer did to a merchant's accounts that are settled, in minor units. */
export type Movement = {
  readonly transferId: string;
  readonly kind: TransferKind;
  readonly paymentId: string | null;
  /** To pending, available and receivable together; what is in reserve is not the merchant's. */
  readonly amountMinor: bigint;
  /** To the platform's fees; negative: a fee that came back. */
  readonly feeMinor: bigint;
  /** Milliseconds since 1970. */
  readonly postedAtMs: number;
};

/** A movement as the report counts it: gross − refunds − disputes − fees + other = amount. */
export type SettlementItem = Omit<Movement, 'amountMinor' | 'feeMinor'> & {
  readonly grossMinor: bigint;
  readonly refundsMinor: bigint;
  readonly disputesMinor: bigint;
  readonly feesMinor: bigint;
  readonly otherMinor: bigint;
};

const none = { grossMinor: 0n, refundsMinor: 0n, disputesMinor: 0n, feesMinor: 0n, otherMinor: 0n };

/** Whose fee it is, and what it counts as: a merchant may stand on the paying side, too. */
export function itemOf(moved: Movement): SettlementItem {
  const { transferId, kind, paymentId, amountMinor, feeMinor, postedAtMs } = moved;
  const movement = { transferId, kind, paymentId, postedAtMs };
  const wholeMinor = amountMinor + feeMinor;
  const own = { ...movement, ...none, feesMinor: feeMinor };
  switch (kind) {
    case 'payment':
      if (amountMinor > 0n) return { ...own, grossMinor: wholeMinor };
      break;
    case 'refund':
      if (amountMinor < 0n) return { ...own, refundsMinor: -wholeMinor };
      break;
    case 'dispute':
    case 'dispute_won':
    case 'dispute_reversal':
      return { ...own, disputesMinor: -wholeMinor };
    default:
  }
  return { ...movement, ...none, otherMinor: amountMinor };
}

export function netOf(item: SettlementItem): bigint {
  const { grossMinor, refundsMinor, disputesMinor, feesMinor, otherMinor } = item;
  return grossMinor - refundsMinor - disputesMinor - feesMinor + otherMinor;
}

export type Batch = SettlementReport & {
  readonly carriedInMinor: bigint;
  readonly carriedOutMinor: bigint;
};

/**
 * Adds a batch up. What is paid out is no more than what is there and available; nothing when that
 * is less than the minimum, or nothing: then all is carried over.
 */
export function batchOf(
  items: readonly SettlementItem[],
  given: { carriedInMinor: bigint; availableMinor: bigint; minimumMinor: bigint },
): Batch {
  const { carriedInMinor, availableMinor, minimumMinor } = given;
  const sum = { ...none };
  for (const item of items) {
    sum.grossMinor += item.grossMinor;
    sum.refundsMinor += item.refundsMinor;
    sum.disputesMinor += item.disputesMinor;
    sum.feesMinor += item.feesMinor;
    sum.otherMinor += item.otherMinor;
  }
  const { otherMinor, ...counted } = sum;
  const { grossMinor, refundsMinor, disputesMinor, feesMinor } = counted;
  const movedMinor = grossMinor - refundsMinor - disputesMinor - feesMinor + otherMinor;
  const owedMinor = carriedInMinor + movedMinor;
  const payableMinor = owedMinor < availableMinor ? owedMinor : availableMinor;
  const isPaid = payableMinor > 0n && payableMinor >= minimumMinor;
  const netMinor = isPaid ? payableMinor : 0n;
  const carriedOutMinor = owedMinor - netMinor;
  const carriedMinor = carriedInMinor + otherMinor - carriedOutMinor;
  return { ...counted, carriedMinor, netMinor, carriedInMinor, carriedOutMinor };
}

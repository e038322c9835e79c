/** What a merchant pays for a payment: an amount in minor units and hundredths of a per cent. */
export type FeeSchedule = { readonly fixedMinor: bigint; readonly basisPoints: bigint };

/** Of merchants with whom nothing else was agreed: 10 and one per cent. */
export const houseFees: FeeSchedule = { fixedMinor: 10n, basisPoints: 100n };

/** The fee of a payment, in minor units: rounded down, but never the whole amount. */
export function merchantFeeOf(
  amountMinor: bigint,
  { fixedMinor, basisPoints }: FeeSchedule,
): bigint {
  const full = fixedMinor + (amountMinor * basisPoints) / 10_000n;
  return full < amountMinor ? full : amountMinor - 1n;
}

/**
 * What the fee of a payment grows by when `amountMinor` more of it is captured: all captures pay
 * the fee of what they capture together. Where the schedule has changed between them, none pays
 * more than it captures, and no fee goes back.
 */
export function feeGrowthOf(
  payment: { readonly capturedMinor: bigint; readonly feeMinor: bigint },
  amountMinor: bigint,
  schedule: FeeSchedule,
): bigint {
  const fee = merchantFeeOf(payment.capturedMinor + amountMinor, schedule);
  const growth = fee - payment.feeMinor;
  if (growth < 0n) return 0n;
  return growth < amountMinor ? growth : amountMinor;
}

/** Who has the fee of a payment that goes back: the platform, or the payee in proportion. */
export type FeePolicy = 'kept' | 'proportional';

/**
 * How much of the fee goes back with this refund, in minor units: what the share of all that has
 * gone back grows by. The refund that returns the last unit takes what rounding left.
 */
export function returnedFeeOf(
  policy: FeePolicy,
  payment: { feeMinor: bigint; capturedMinor: bigint; refundedMinor: bigint },
  amountMinor: bigint,
): bigint {
  const { feeMinor, capturedMinor, refundedMinor } = payment;
  if (policy === 'kept' || capturedMinor === 0n) return 0n;
  const shareOf = (minor: bigint): bigint => (feeMinor * minor) / capturedMinor;
  return shareOf(refundedMinor + amountMinor) - shareOf(refundedMinor);
}

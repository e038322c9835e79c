/**
 * What a merchant pays for a payment, in minor units: 10 and one per cent, rounded down, but
 * never the whole amount.
 */
export function merchantFeeOf(amountMinor: bigint): bigint {
  const full = 10n + amountMinor / 100n;
  return full < amountMinor ? full : amountMinor - 1n;
}

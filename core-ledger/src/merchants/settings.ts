/**
 * How a merchant's money gets to the bank: each captured payment as soon as it has cleared, or
 * netted in windows.
 */
export type SettlementMode = 'gross_immediate' | 'net_deferred';

/** What an operator has set for a merchant's wallet. */
export type MerchantSettings = {
  readonly mode: SettlementMode;
  /** From the credit to pending until it is available: 0 to `longestClearingSeconds`. */
  readonly clearingSeconds: number;
  /** Minor units: less than this is not worth a settlement and is carried over. */
  readonly minimumMinor: bigint;
  /** An opaque reference to where the money goes; null until an operator knows it. */
  readonly destination: string | null;
};

/** Of a merchant for whom nothing was set. */
export const defaultMerchantSettings: MerchantSettings = {
  mode: 'net_deferred',
  clearingSeconds: 86_400,
  minimumMinor: 0n,
  destination: null,
};

/** Entries of a month may be archived a day after it; what they credited has cleared by then. */
export const longestClearingSeconds = 2_592_000;

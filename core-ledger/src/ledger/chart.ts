/** The chart of accounts as data: what kinds there are, and whose they are. */
export const accountKinds = {
  customer: { of: 'wallet', limitMinor: 0n },
  merchant_pending: { of: 'wallet', limitMinor: 0n },
  merchant_available: { of: 'wallet', limitMinor: 0n },
  dispute_reserve: { of: 'wallet', limitMinor: 0n },
  receivable: { of: 'wallet', limitMinor: null },
  provisional: { of: 'platform', limitMinor: null },
  in_transit: { of: 'platform', limitMinor: null },
  bank: { of: 'platform', limitMinor: null },
  external: { of: 'platform', limitMinor: null },
  fees: { of: 'platform', limitMinor: 0n },
  dispute_fees: { of: 'platform', limitMinor: 0n },
  fx_spread: { of: 'platform', limitMinor: 0n },
  suspense: { of: 'platform', limitMinor: null },
  loss: { of: 'platform', limitMinor: null },
} as const satisfies Record<
  string,
  {
    of: 'wallet' | 'platform';
    /** How far below zero, in minor units, the available amount may go; null is unbounded. */
    limitMinor: bigint | null;
  }
>;

export type AccountKind = keyof typeof accountKinds;
export type WalletKind = 'customer' | 'merchant';

type Chart = typeof accountKinds;
export type PlatformKind = {
  [Kind in AccountKind]: Chart[Kind]['of'] extends 'platform' ? Kind : never;
}[AccountKind];
export type WalletAccountKind = Exclude<AccountKind, PlatformKind>;

/** The platform's own accounts, one of each per currency. */
export const platformKinds = Object.entries(accountKinds)
  .filter(([, kind]) => kind.of === 'platform')
  .map(([name]) => name as PlatformKind);

/** Which accounts a wallet stands on. */
export const accountsOfWallet: Readonly<Record<WalletKind, readonly WalletAccountKind[]>> = {
  customer: ['customer'],
  merchant: ['merchant_pending', 'merchant_available', 'dispute_reserve', 'receivable'],
};

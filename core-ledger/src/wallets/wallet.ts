import type { PlatformAccounts } from '../ledger/accounts.ts';
import type { WalletAccountKind, WalletKind } from '../ledger/chart.ts';

/** What never changes about a wallet, and may therefore be kept by whoever asks. */
export type WalletFacts = {
  readonly walletId: string;
  readonly ownerId: string;
  readonly kind: WalletKind;
  readonly currency: string;
  /** Ids of the wallet's accounts. */
  readonly accounts: Readonly<Partial<Record<WalletAccountKind, bigint>>>;
  /** Ids of the platform's accounts in the wallet's currency. */
  readonly platform: PlatformAccounts;
};

export type WalletStatus = 'active' | 'frozen' | 'closed';

/** A wallet as its owner sees it; amounts in minor units. */
export type WalletView = {
  id: string;
  ownerId: string;
  kind: WalletKind;
  currency: string;
  status: WalletStatus;
  /** All the wallet's accounts together; a merchant's debt counts against it. */
  balanceMinor: bigint;
  heldMinor: bigint;
  availableMinor: bigint;
  /** Captured but not yet cleared; always 0 for a customer. */
  pendingMinor: bigint;
  /** Sum of the versions of the wallet's accounts: how many entries they have. */
  version: bigint;
  /** Whose limits hold; null: nobody's. */
  tier: string | null;
  createdAt: Date;
  /** What the sums are of: a merchant has several. */
  accounts: readonly {
    readonly kind: WalletAccountKind;
    readonly balanceMinor: bigint;
    readonly heldMinor: bigint;
  }[];
};

/** The account that pays, and that a hold stands on. */
export function payingAccountOf(wallet: WalletFacts): bigint {
  return accountOf(wallet, wallet.kind === 'customer' ? 'customer' : 'merchant_available');
}

/** The account that a captured payment credits. */
export function receivingAccountOf(wallet: WalletFacts): bigint {
  return accountOf(wallet, wallet.kind === 'customer' ? 'customer' : 'merchant_pending');
}

function accountOf(wallet: WalletFacts, kind: WalletAccountKind): bigint {
  const id = wallet.accounts[kind];
  if (id === undefined) throw new Error(`wallet ${wallet.walletId} has no account ${kind}`);
  return id;
}

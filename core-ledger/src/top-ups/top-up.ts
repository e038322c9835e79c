/** Before its first row a top-up is `pending`: known to the edge alone. */
export type TopUpStatus = 'succeeded' | 'failed';

export type TopUpFailure =
  'wallet_not_found' | 'currency_mismatch' | 'account_closed' | 'invalid_amount' | 'limit_exceeded';

/** Money from outside put on a wallet; amounts in minor units. Its id is its intent's id. */
export type TopUpView = {
  id: string;
  status: TopUpStatus;
  version: number;
  walletId: string;
  /** The user who owns the wallet. */
  ownerId: string;
  amountMinor: bigint;
  currency: string;
  failureCode: TopUpFailure | null;
  reference: string | null;
  createdAt: Date;
  updatedAt: Date;
};

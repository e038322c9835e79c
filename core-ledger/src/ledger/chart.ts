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

const everyKind = Object.keys(accountKinds) as AccountKind[];

/** Whoever can pay, and get back what was paid. */
const payers = ['customer', 'merchant_available'] as const;

/**
 * Kinds of transfers, and which kinds of accounts may stand on which side of each. A debit is a
 * negative amount.
 */
export const transferKinds = {
  payment: { debit: payers, credit: ['customer', 'merchant_pending', 'fees'] },
  top_up: { debit: ['external', 'bank'], credit: [...payers, 'receivable', 'suspense'] },
  withdrawal: { debit: payers, credit: ['in_transit', 'external', 'fees'] },
  withdrawal_confirmation: { debit: ['in_transit'], credit: ['external', 'bank'] },
  withdrawal_return: {
    debit: ['in_transit', 'external'],
    credit: [...payers, 'receivable', 'suspense'],
  },
  clearing: { debit: ['merchant_pending'], credit: ['receivable', 'merchant_available'] },
  refund: {
    debit: ['merchant_available', 'merchant_pending', 'customer', 'fees'],
    credit: [...payers, 'receivable', 'suspense'],
  },
  dispute: {
    debit: ['merchant_available', 'merchant_pending', 'receivable', 'customer'],
    credit: ['dispute_reserve', 'dispute_fees'],
  },
  dispute_won: {
    debit: ['dispute_reserve', 'dispute_fees'],
    credit: ['receivable', ...payers, 'suspense'],
  },
  dispute_lost: {
    debit: ['dispute_reserve'],
    credit: ['receivable', ...payers, 'provisional', 'suspense'],
  },
  /** An appeal takes back what was awarded. */
  dispute_reversal: {
    debit: [...payers, 'receivable', 'loss'],
    credit: ['receivable', ...payers, 'suspense'],
  },
  provisional_credit: { debit: ['provisional'], credit: ['receivable', ...payers] },
  provisional_return: { debit: [...payers, 'receivable', 'loss'], credit: ['provisional'] },
  /** What a wallet owes, from what it has by now. */
  debt_repayment: { debit: payers, credit: ['receivable'] },
  settlement: { debit: ['merchant_available'], credit: ['in_transit'] },
  settlement_confirmation: { debit: ['in_transit'], credit: ['bank'] },
  settlement_return: {
    debit: ['in_transit', 'bank'],
    credit: ['receivable', 'merchant_available', 'suspense'],
  },
  fee: { debit: [...payers, 'merchant_pending', 'receivable'], credit: ['fees', 'dispute_fees'] },
  exchange: { debit: [...payers, 'bank'], credit: [...payers, 'bank', 'fx_spread'] },
  /** Money that came in and belongs to nobody known, and its way to whom it belongs. */
  unplaced: { debit: ['external', 'bank', 'in_transit'], credit: ['suspense'] },
  /** Money that a bank has paid out and nobody had sent. */
  overpaid: { debit: ['suspense'], credit: ['bank'] },
  placement: {
    debit: ['suspense'],
    credit: [...payers, 'merchant_pending', 'receivable', 'external', 'bank', 'in_transit'],
  },
  write_off: { debit: ['loss'], credit: ['receivable', 'provisional', 'suspense', 'in_transit'] },
  /** An operator's correction, with its reason in the audit trail. */
  adjustment: { debit: everyKind, credit: everyKind },
  /** Made by the ledger alone, from the transfer it undoes. */
  reversal: { debit: [], credit: [] },
} as const satisfies Record<
  string,
  { debit: readonly AccountKind[]; credit: readonly AccountKind[] }
>;

export type TransferKind = keyof typeof transferKinds;

/** What the platform moves by right, from frozen accounts too: who is frozen still owes. */
const despiteFreeze: ReadonlySet<TransferKind> = new Set([
  ...(['dispute', 'dispute_won', 'dispute_lost', 'dispute_reversal'] as const),
  ...(['provisional_return', 'debt_repayment', 'clearing'] as const),
]);

/** The same as sets: whoever posts asks for every leg. */
export type Sides = {
  readonly despiteFreeze: boolean;
  readonly debit: ReadonlySet<AccountKind>;
  readonly credit: ReadonlySet<AccountKind>;
};

export const sidesOf = setsOf(transferKinds);

function setsOf(kinds: typeof transferKinds): Readonly<Record<TransferKind, Sides>> {
  const sets: Partial<Record<TransferKind, Sides>> = {};
  for (const kind of Object.keys(kinds) as TransferKind[]) {
    const { debit, credit } = kinds[kind];
    sets[kind] = {
      ...{ debit: new Set(debit), credit: new Set(credit) },
      despiteFreeze: despiteFreeze.has(kind),
    };
  }
  return sets as Record<TransferKind, Sides>;
}

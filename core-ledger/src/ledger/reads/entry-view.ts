import type { WalletAccountKind } from '../chart.ts';

/** One signed amount on one account, credit positive, minor units. */
export type EntryView = {
  entryId: string;
  transferId: string;
  transferNumber: bigint;
  accountId: bigint;
  version: bigint;
  /** The kind of the transfer. */
  kind: string;
  amountMinor: bigint;
  balanceAfterMinor: bigint;
  postedAt: Date;
  /** When it counts for its owner, if not when it was posted. */
  effectiveAt: Date | null;
  paymentId: string | null;
  description: string | null;
};

/** An entry among all of its wallet, which may have several accounts. */
export type WalletEntryView = EntryView & {
  /** On which of the wallet's accounts. */
  readonly accountKind: WalletAccountKind;
  /** All the wallet's accounts together, after this entry and those before it. */
  readonly walletBalanceAfterMinor: bigint;
};

/**
 * The order in which the accounts of a wallet merge: that of the transfers' numbers, which run as
 * the versions of each account do. Of one transfer the lower account is first.
 */
export function isLater(one: EntryView, other: EntryView): boolean {
  if (one.transferNumber !== other.transferNumber) {
    return one.transferNumber > other.transferNumber;
  }
  return one.accountId > other.accountId;
}

/** What a query must answer of entries `e` for `viewOfEntry`; with `joinsOfEntry`. */
export const columnsOfEntry = 'e.*, t.kind, t.number, t.payment_id, p.description';
/** The limits say that one row is looked up for each entry: no plan reads a table for a page. */
export const joinsOfEntry = `
  cross join lateral (select * from transfer where id = e.transfer_id limit 1) t
  left join lateral (select description from payment where id = t.payment_id limit 1) p on true`;

export type EntryRow = {
  account_id: string;
  version: string;
  transfer_id: string;
  number: string;
  amount_minor: string;
  balance_after_minor: string;
  posted_at: Date;
  effective_at: Date | null;
  kind: string;
  payment_id: string | null;
  description: string | null;
};

export function viewOfEntry(row: EntryRow): EntryView {
  return {
    entryId: `${row.account_id}-${row.version}`,
    transferId: row.transfer_id,
    transferNumber: BigInt(row.number),
    accountId: BigInt(row.account_id),
    version: BigInt(row.version),
    kind: row.kind,
    amountMinor: BigInt(row.amount_minor),
    balanceAfterMinor: BigInt(row.balance_after_minor),
    postedAt: row.posted_at,
    effectiveAt: row.effective_at,
    paymentId: row.payment_id,
    description: row.description,
  };
}

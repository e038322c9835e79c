/** One signed amount on one account, credit positive, minor units. */
export type EntryView = {
  entryId: string;
  transferId: string;
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

/** What a query must answer of entries `e` for `viewOfEntry`; with `joinsOfEntry`. */
export const columnsOfEntry = 'e.*, t.kind, t.payment_id, p.description';
/** The limits say that one row is looked up for each entry: no plan reads a table for a page. */
export const joinsOfEntry = `
  cross join lateral (select * from transfer where id = e.transfer_id limit 1) t
  left join lateral (select description from payment where id = t.payment_id limit 1) p on true`;

export type EntryRow = {
  account_id: string;
  version: string;
  transfer_id: string;
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

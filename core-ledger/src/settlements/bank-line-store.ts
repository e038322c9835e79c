import type { Queryable } from '../database/database.ts';
import type { BankLineOutcome } from './bank-line.ts';

/** A line of a bank's statement, and what it meant. */
export type BankLineView = {
  readonly id: string;
  readonly bankReference: string;
  readonly reference: string | null;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly outcome: BankLineOutcome;
  /** What of it went to suspense, or is owed by it. */
  readonly unplacedMinor: bigint;
  /** That it names; null: none of ours. */
  readonly settlementId: string | null;
  readonly importedAt: Date;
};

/** Where a page ended. */
export type BankLineCursor = Pick<BankLineView, 'bankReference' | 'currency'>;

/** The lines that came with a statement, by the bank's own reference: not those known before. */
export async function listBankLines(
  db: Queryable,
  statementId: string,
  page: { limit: number; after: BankLineCursor | null },
): Promise<BankLineView[]> {
  const found = await db.raw<{ rows: BankLineRow[] }>(
    `select * from bank_line where statement_id = :id::uuid and (:reference::text is null
       or (bank_reference, currency) > (:reference::text, :currency::text))
     order by bank_reference, currency limit :limit`,
    {
      ...{ id: statementId, limit: page.limit },
      ...{ reference: page.after?.bankReference ?? null, currency: page.after?.currency ?? null },
    },
  );
  return found.rows.map((row) => ({
    ...{ id: row.id, bankReference: row.bank_reference, reference: row.reference },
    ...{ direction: row.direction, amountMinor: BigInt(row.amount_minor), currency: row.currency },
    ...{ outcome: row.outcome, unplacedMinor: BigInt(row.unplaced_minor) },
    ...{ settlementId: row.settlement_id, importedAt: row.imported_at },
  }));
}

type BankLineRow = {
  id: string;
  bank_reference: string;
  reference: string | null;
  direction: 'debit' | 'credit';
  amount_minor: string;
  currency: string;
  outcome: BankLineOutcome;
  unplaced_minor: string;
  settlement_id: string | null;
  imported_at: Date;
};

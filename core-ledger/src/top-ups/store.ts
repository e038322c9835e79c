import type { Queryable } from '../database/database.ts';
import type { TopUpFailure, TopUpStatus, TopUpView } from './top-up.ts';

/** One top-up, or null when settlement has not decided it yet (or it never was). */
export async function findTopUp(db: Queryable, id: string): Promise<TopUpView | null> {
  const found = await db.raw<{ rows: TopUpRow[] }>(`select * from top_up where id = ?::uuid`, [id]);
  const row = found.rows[0];
  if (row === undefined) return null;
  return {
    id: row.id,
    status: row.status,
    version: row.version,
    walletId: row.wallet_id,
    ownerId: row.owner_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    failureCode: row.failure_code,
    reference: row.reference,
    createdAt: row.accepted_at,
    updatedAt: row.updated_at,
  };
}

type TopUpRow = {
  id: string;
  status: TopUpStatus;
  version: number;
  wallet_id: string;
  owner_id: string;
  amount_minor: string;
  currency: string;
  failure_code: TopUpFailure | null;
  reference: string | null;
  accepted_at: Date;
  updated_at: Date;
};

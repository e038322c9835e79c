import type { Queryable } from '../database/database.ts';
import type { WithdrawalFailure, WithdrawalStatus, WithdrawalView } from './withdrawal.ts';

/** One withdrawal, or null when it has not been decided yet (or never was). */
export async function findWithdrawal(db: Queryable, id: string): Promise<WithdrawalView | null> {
  const found = await db.raw<{ rows: WithdrawalRow[] }>(
    'select * from withdrawal where id = ?::uuid',
    [id],
  );
  const row = found.rows[0];
  return row === undefined ? null : viewOf(row);
}

/** Those that have been in transit for that many seconds, the oldest first. */
export async function listInTransit(
  db: Queryable,
  options: { olderThanSeconds: number; limit: number },
): Promise<WithdrawalView[]> {
  const found = await db.raw<{ rows: WithdrawalRow[] }>(
    `select * from withdrawal where status = 'in_transit'
       and updated_at <= statement_timestamp() - make_interval(secs => ?)
     order by updated_at limit ?`,
    [options.olderThanSeconds, options.limit],
  );
  return found.rows.map(viewOf);
}

/** A bank that has not answered by then must be asked. */
const answerDays = 3;

/** Withdrawals whose bank should have answered, and since when the oldest, as SQL. */
export const overdueWithdrawals = `select 'rail', count(*),
    extract(epoch from min(updated_at) + interval '${answerDays} days') * 1000
  from withdrawal where status = 'in_transit'
    and updated_at <= statement_timestamp() - interval '${answerDays} days'`;

type WithdrawalRow = {
  id: string;
  status: WithdrawalStatus;
  version: number;
  wallet_id: string;
  owner_id: string;
  amount_minor: string;
  currency: string;
  destination: string;
  reference: string | null;
  failure_code: WithdrawalFailure | null;
  accepted_at: Date;
  updated_at: Date;
};

function viewOf(row: WithdrawalRow): WithdrawalView {
  return {
    id: row.id,
    status: row.status,
    version: row.version,
    walletId: row.wallet_id,
    ownerId: row.owner_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    destination: row.destination,
    reference: row.reference,
    failureCode: row.failure_code,
    createdAt: row.accepted_at,
    updatedAt: row.updated_at,
  };
}

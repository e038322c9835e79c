import type { Queryable } from '../database/database.ts';
import type { ActionNoun, ActionStatus, ActionView } from './action.ts';

/** One action, or null when it has not been decided yet (or never was). */
export async function findAction(db: Queryable, id: string): Promise<ActionView | null> {
  const found = await db.raw<{ rows: ActionRow[] }>(`select * from action where id = ?::uuid`, [
    id,
  ]);
  const row = found.rows[0];
  if (row === undefined) return null;
  return {
    ...{ id: row.id, action: row.action, noun: row.object, nounId: row.object_id },
    ...{ status: row.status, failureCode: row.failure_code, actorId: row.actor_id },
    amountMinor: BigInt(row.amount_minor),
    ...{ createdAt: row.accepted_at, updatedAt: row.updated_at },
  };
}

type ActionRow = {
  id: string;
  action: string;
  object: ActionNoun;
  object_id: string;
  status: ActionStatus;
  failure_code: string | null;
  amount_minor: string;
  actor_id: string;
  accepted_at: Date;
  updated_at: Date;
};

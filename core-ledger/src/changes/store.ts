import { runStatement } from '../database/statements.ts';
import type { Queryable } from '../database/database.ts';
import type { ActorRole, HistoryRow, ObjectChange } from './change.ts';
import { createChangeWriter } from './writer.ts';

/** Writes a change in the transaction that makes it, for small writers. */
export async function recordChange(trx: Queryable, change: ObjectChange): Promise<void> {
  const writer = createChangeWriter();
  writer.add(change);
  for (const statement of writer.statements()) await runStatement(trx, statement);
}

/** What has been recorded of an object, oldest first. Of payments see `findPaymentHistory`. */
export async function findChanges(db: Queryable, objectId: string): Promise<HistoryRow[]> {
  const found = await db.raw<{ rows: ChangeRow[] }>(
    `select at, from_status, to_status, actor, role, reason, request_id, ticket_id
     from object_change
     where object_id = ?::uuid order by version`,
    [objectId],
  );
  return found.rows.map(historyRowOf);
}

export type ChangeRow = {
  at: Date;
  from_status: string | null;
  to_status: string;
  actor: string;
  role: ActorRole;
  reason: string | null;
  request_id: string | null;
  ticket_id: string | null;
};

export function historyRowOf(row: ChangeRow): HistoryRow {
  const { at, from_status: from, to_status: to, actor, role, reason } = row;
  const { request_id: requestId, ticket_id: ticketId } = row;
  return { at, from, to, actor, role, reason, requestId, ticketId };
}

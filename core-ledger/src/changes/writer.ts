import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { ObjectChange } from './change.ts';

/** Gathers changes of state, for one statement a batch. */
export type ChangeWriter = {
  reset(): void;
  add(change: ObjectChange): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

/**
 * The database's clock says when. A change that was written already is a fault (23505): its
 * transaction must not do it twice.
 */
export function createChangeWriter(): ChangeWriter {
  const changes = createBatchStatement({
    name: 'insert_object_change',
    text: `insert into object_change (object_id, version, object, from_status, to_status, actor,
        role, reason, request_id, ticket_id, details)
      select r.object_id, r.version, r.object, r.from_status, r.to_status, r.actor, r.role,
        r.reason, r.request_id, r.ticket_id, r.details::jsonb
      from $rows as r (object_id, version, object, from_status, to_status, actor, role, reason,
        request_id, ticket_id, details)`,
    columns: {
      object_id: 'uuid',
      version: 'int4',
      object: 'text',
      from_status: 'text',
      to_status: 'text',
      actor: 'text',
      role: 'text',
      reason: 'text',
      request_id: 'text',
      ticket_id: 'uuid',
      details: 'text',
    },
  });
  const { columns } = changes;
  return {
    reset: () => changes.reset(),
    add(change) {
      const { reason = null, requestId = null, ticketId = null, details = null } = change;
      columns.object_id.add(change.objectId);
      columns.version.add(change.version);
      columns.object.add(change.object);
      columns.from_status.add(change.from);
      columns.to_status.add(change.to);
      columns.actor.add(change.actor);
      columns.role.add(change.role);
      columns.reason.add(reason);
      columns.request_id.add(requestId);
      columns.ticket_id.add(ticketId);
      columns.details.add(details === null ? null : JSON.stringify(details));
    },
    statements: () => (changes.count() > 0 ? [changes.statement()] : []),
  };
}

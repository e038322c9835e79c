import type { Queryable } from '../database/database.ts';
import type { DeliveryStatus, DeliveryView } from './delivery.ts';

/** A page of what went to an endpoint, newest event first, strictly behind the delivery `after`. */
export async function listDeliveries(
  db: Queryable,
  page: { endpointId: string; status: DeliveryStatus | null; after: string | null; limit: number },
): Promise<DeliveryView[]> {
  const { endpointId, status, after, limit } = page;
  const { rows } = await db.raw<{ rows: DeliveryRow[] }>(
    `select * from webhook_delivery
     where endpoint_id = :endpointId::uuid and (:after::uuid is null or id < :after::uuid)
       and (:status::text is null or status = :status)
     order by id desc limit :limit`,
    { endpointId, status, after, limit },
  );
  return rows.map(deliveryOf);
}

export type ReplayResult =
  | { readonly ok: true; readonly delivery: DeliveryView }
  | { readonly ok: false; readonly reason: 'no_such_delivery' | 'endpoint_disabled' };

/**
 * Sends a delivery once more, from its first try on, under the id that it had. One that is queued
 * already is only sent sooner.
 */
export async function replayDelivery(
  db: Queryable,
  { endpointId, id }: { endpointId: string; id: string },
): Promise<ReplayResult> {
  const { rows } = await db.raw<{ rows: (DeliveryRow & { enabled: boolean })[] }>(
    `with e as (select status = 'enabled' as enabled from webhook_endpoint where id = :endpointId)
     update webhook_delivery d set
       status = case when e.enabled then 'queued' else d.status end,
       attempts = case when e.enabled and d.status <> 'queued' then 0 else d.attempts end,
       first_tried_at = case when e.enabled then null else d.first_tried_at end,
       ended_at = case when e.enabled then null else d.ended_at end,
       next_at = case when e.enabled then statement_timestamp() else d.next_at end
     from e where d.endpoint_id = :endpointId and d.id = :id returning d.*, e.enabled`,
    { endpointId, id },
  );
  const row = rows[0];
  if (row === undefined) return { ok: false, reason: 'no_such_delivery' };
  if (!row.enabled) return { ok: false, reason: 'endpoint_disabled' };
  return { ok: true, delivery: deliveryOf(row) };
}

type DeliveryRow = {
  id: string;
  event_id: string;
  type: string;
  status: DeliveryStatus;
  attempts: number;
  next_at: Date;
  occurred_at: Date;
  ended_at: Date | null;
  last_status: number | null;
  last_error: string | null;
  last_response: string | null;
};

function deliveryOf(row: DeliveryRow): DeliveryView {
  return {
    ...{ id: row.id, eventId: row.event_id, type: row.type, status: row.status },
    ...{ attempts: row.attempts, nextAt: row.next_at, occurredAt: row.occurred_at },
    ...{ endedAt: row.ended_at, lastStatus: row.last_status, lastError: row.last_error },
    lastResponse: row.last_response,
  };
}

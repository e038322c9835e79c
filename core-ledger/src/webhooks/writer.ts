import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import type { Listener, WebhookDelivery } from './delivery.ts';

/** Reads who listens and writes what they shall hear; keeps the buffers of its statement. */
export type DeliveryWriter = {
  /** The enabled endpoints of these owners; see `listenersOf`. */
  listeners(ownerIds: readonly string[]): Statement;
  /** One statement for all; those that exist already stay as they are. Counts the new ones. */
  insert(deliveries: readonly WebhookDelivery[]): Statement;
};

export function createDeliveryWriter(): DeliveryWriter {
  const batch = createBatchStatement({
    name: 'insert_webhook_delivery',
    text: `insert into webhook_delivery
        (endpoint_id, id, event_id, type, body, traceparent, status, occurred_at)
      select * from $rows on conflict do nothing`,
    columns: {
      endpoint_id: 'uuid',
      id: 'uuid',
      event_id: 'uuid',
      type: 'text',
      body: 'text',
      traceparent: 'text',
      status: 'text',
      occurred_at: 'timestamptz',
    },
  });
  return {
    listeners: (ownerIds) => ({
      name: 'webhook_listeners',
      text: `select owner_id, id, array_to_json(events)::text,
          (extract(epoch from created_at) * 1000)::float8
        from webhook_endpoint where owner_id = any($1::uuid[]) and status = 'enabled'`,
      values: [`{${ownerIds.join(',')}}`],
    }),
    insert(deliveries) {
      batch.reset();
      const { columns } = batch;
      for (const delivery of deliveries) {
        columns.endpoint_id.add(delivery.endpointId);
        columns.id.add(delivery.id);
        columns.event_id.add(delivery.eventId);
        columns.type.add(delivery.type);
        columns.body.add(delivery.body);
        columns.traceparent.add(delivery.traceparent);
        columns.status.add(delivery.status);
        columns.occurred_at.add(delivery.occurredAtMs);
      }
      return batch.statement();
    },
  };
}

/** The answer to `listeners`, by owner. */
export function listenersOf(answer: Answer | undefined): ReadonlyMap<string, Listener[]> {
  const found = new Map<string, Listener[]>();
  for (const [owner, endpointId, events, createdAtMs] of answer?.rows ?? []) {
    const listener = {
      endpointId: String(endpointId),
      events: JSON.parse(String(events)) as string[],
      createdAtMs: Number(createdAtMs),
    };
    found.set(String(owner), [...(found.get(String(owner)) ?? []), listener]);
  }
  return found;
}

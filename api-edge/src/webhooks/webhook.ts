import { deliveryStatuses, type DeliveryView, type WebhookEndpoint } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';

const url = () =>
  fields.text(2_000).meta({
    description: 'HTTPS, to a public address.',
    example: 'https://shop.example/hooks/wallet',
  });

const eventType = () =>
  z
    .string()
    .max(64)
    .regex(/^(\*|[a-z_]+\.[a-z_]+)$/)
    .meta({ description: 'A type of events; `*` is every one.', example: 'payment.captured' });

const events = () => z.array(eventType()).min(1).max(50);

/** An endpoint as the contract shows it. */
export const endpointSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('webhook_endpoint'),
    status: z.enum(['enabled', 'disabled']),
    disabled_reason: z
      .enum(['gone', 'failing'])
      .nullable()
      .meta({ description: 'It answered 410, or a delivery failed at its last try.' }),
    url: url(),
    events: events(),
    previous_secret_until: fields
      .time()
      .nullable()
      .meta({ description: 'Until then the secret before signs as well.' }),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'WebhookEndpoint' });

const secret = z
  .string()
  .max(200)
  .regex(/^whsec_[A-Za-z0-9+/]+=*$/)
  .meta({
    description: 'What signs by Standard Webhooks. It is shown this once.',
    example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  });

export const endpointWithSecretSchema = endpointSchema
  .extend({ secret })
  .meta({ id: 'NewWebhookEndpoint' });

export const endpointRequest = z
  .strictObject({ url: url(), events: events() })
  .meta({ id: 'WebhookEndpointRequest' });

/** A delivery as the contract shows it. */
export const deliverySchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('webhook_delivery'),
    status: z.enum(deliveryStatuses),
    event_id: fields.id().meta({ description: 'The `webhook-id` of every try.' }),
    type: fields.word('payment.captured'),
    attempts: z.int().min(0).meta({ description: 'Tries so far.', example: 1 }),
    next_attempt_at: fields.time().nullable(),
    last_status: z.int().nullable().meta({ description: 'HTTP status of the last answer.' }),
    last_error: fields
      .word('timeout')
      .nullable()
      .meta({ description: 'Why there was no answer at the last try.' }),
    last_response: fields
      .text(1_024, 0)
      .nullable()
      .meta({ description: 'How the last answer began.', example: '{}' }),
    created_at: fields.time(),
    updated_at: fields.time(),
  })
  .meta({ id: 'WebhookDelivery' });

export function shownEndpoint(endpoint: WebhookEndpoint): z.output<typeof endpointSchema> {
  const { id, status, disabledReason, events: types, previousUntil } = endpoint;
  return {
    ...{ id, object: 'webhook_endpoint', status, disabled_reason: disabledReason },
    ...{ url: endpoint.url, events: [...types] },
    previous_secret_until: previousUntil?.toISOString() ?? null,
    created_at: endpoint.createdAt.toISOString(),
    updated_at: endpoint.updatedAt.toISOString(),
  };
}

export function shownDelivery(delivery: DeliveryView): z.output<typeof deliverySchema> {
  const { id, status, eventId, type, attempts, lastStatus, lastError, lastResponse } = delivery;
  const { occurredAt, endedAt, nextAt } = delivery;
  return {
    ...{ id, object: 'webhook_delivery', status, event_id: eventId, type, attempts },
    next_attempt_at: status === 'queued' ? nextAt.toISOString() : null,
    ...{ last_status: lastStatus, last_error: lastError, last_response: lastResponse },
    created_at: occurredAt.toISOString(),
    updated_at: (endedAt ?? occurredAt).toISOString(),
  };
}

import { deriveId } from '../ledger/ids.ts';

/** One event on its way to one endpoint. */
export type WebhookDelivery = {
  readonly endpointId: string;
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  /** JSON, as it is sent. */
  readonly body: string;
  readonly traceparent: string | null;
  /** `suppressed`: the owner does not want to hear this by webhook. */
  readonly status: 'queued' | 'suppressed';
  readonly occurredAtMs: number;
};

export const deliveryStatuses = [
  'queued',
  'delivered',
  'failed',
  'canceled',
  'suppressed',
] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** What its owner may know of a delivery. */
export type DeliveryView = {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** Of a queued one. */
  readonly nextAt: Date;
  readonly occurredAt: Date;
  readonly endedAt: Date | null;
  /** HTTP status of the last answer; null when there was none. */
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  /** How the last answer began. */
  readonly lastResponse: string | null;
};

/** What of an endpoint decides whether an event goes there. */
export type Listener = {
  readonly endpointId: string;
  readonly events: readonly string[];
  readonly createdAtMs: number;
};

/** An event as endpoints are told of it. */
export type WebhookEvent = {
  readonly eventId: string;
  readonly type: string;
  readonly occurredAtMs: number;
  /** The noun as the API shows it: `id`, `object`, `status`, … */
  readonly object: Readonly<Record<string, unknown>>;
  readonly traceparent: string | null;
};

/** By so much the clocks of those who say when something happened may differ. */
const clockSkewMs = 2_000;

/**
 * What goes to these endpoints of a party: nothing that was before them, so that reading a topic
 * again tells nobody of old times. The same deliveries, with the same ids, every time.
 */
export function decideDeliveries(
  event: WebhookEvent,
  listeners: readonly Listener[],
  isWanted: boolean,
): WebhookDelivery[] {
  const { eventId, type, occurredAtMs, object, traceparent } = event;
  const heard = listeners.filter(
    ({ events, createdAtMs }) =>
      (events.includes('*') || events.includes(type)) && createdAtMs - clockSkewMs <= occurredAtMs,
  );
  if (heard.length === 0) return [];
  const createdAt = new Date(occurredAtMs).toISOString();
  const body = JSON.stringify({ id: eventId, type, created_at: createdAt, data: { object } });
  return heard.map(({ endpointId }) => ({
    ...{ endpointId, eventId, type, body, traceparent, occurredAtMs },
    id: deriveId(occurredAtMs, eventId, endpointId),
    status: isWanted ? 'queued' : 'suppressed',
  }));
}

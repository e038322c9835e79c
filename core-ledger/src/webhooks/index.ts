export { decideDeliveries, deliveryStatuses } from './delivery.ts';
export type { DeliveryView, Listener, WebhookDelivery } from './delivery.ts';
export { listDeliveries, replayDelivery } from './delivery-store.ts';
export { webhookSecretPlace, webhookSecretPurpose } from './endpoint.ts';
export type { WebhookEndpoint } from './endpoint.ts';
export { judge } from './judgement.ts';
export type { TryResult } from './judgement.ts';
export type { GivenUp } from './notice.ts';
export { createDeliveryQueue } from './queue.ts';
export type { ArrivedDelivery, ClaimedDelivery, ReturnedDelivery } from './queue.ts';
export { settleTries } from './settle.ts';
export type { EndedTry } from './settle.ts';
export {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  enableWebhookEndpoint,
  findWebhookEndpoint,
  listWebhookEndpoints,
  rotateWebhookSecret,
} from './store.ts';
export { createDeliveryWriter, listenersOf } from './writer.ts';
export type { DeliveryWriter } from './writer.ts';

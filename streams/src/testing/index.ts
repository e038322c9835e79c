export { findRefusedSignature } from './standard-webhooks.ts';
export { openMailSink } from '../mail-sink/sink.ts';
export { openSink, type Arrival, type Behaviour, type Sink } from './webhook-sinks.ts';
export { createWebhookStage, type WebhookStage } from './webhook-stage.ts';

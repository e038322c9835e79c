import { latencyBuckets } from './buckets.ts';
import { bounded, type MetricDefinition } from './definition.ts';
import { intentKinds } from './label-values.ts';

const route = bounded(120, 'route templates of the route table');
const method = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'other'] as const;

/** The door: requests, what was accepted, what was turned away and why. */
export const edgeMetrics = {
  wallet_http_requests_total: {
    type: 'counter',
    help: 'Answered requests by route template and status.',
    origin: 'edge',
    labels: { method, route, status: bounded(40, 'HTTP status codes of the contract') },
  },
  wallet_http_request_duration_seconds: {
    type: 'histogram',
    help: 'From the first byte of a request that was let in to the end of its answer, waiting too.',
    origin: 'edge',
    labels: { method, route },
    buckets: latencyBuckets,
    exemplars: true,
  },
  wallet_http_requests_in_flight: {
    type: 'gauge',
    help: 'Requests being worked on.',
    origin: 'edge',
  },
  wallet_waiting_clients: {
    type: 'gauge',
    help: 'Clients waiting for a final state (Prefer: wait).',
    origin: 'edge',
  },
  wallet_http_streams_open: {
    type: 'gauge',
    help: 'Answers that are written while they are made: events, statements.',
    origin: 'edge',
  },
  wallet_intents_accepted_total: {
    type: 'counter',
    help: 'Intents acknowledged by Kafka and answered 202.',
    origin: 'edge',
    labels: { kind: intentKinds },
  },
  wallet_requests_shed_total: {
    type: 'counter',
    help: 'Requests answered 503 before anything was accepted, by reason.',
    origin: 'edge',
    labels: { reason: ['in_flight', 'event_loop', 'queue_full', 'deadline', 'dependency'] },
  },
  wallet_idempotency_total: {
    type: 'counter',
    help: 'Requests with an idempotency key, by what the key said.',
    origin: 'edge',
    labels: { result: ['first', 'replayed', 'reused', 'in_flight', 'unavailable'] },
  },
} as const satisfies Record<string, MetricDefinition>;

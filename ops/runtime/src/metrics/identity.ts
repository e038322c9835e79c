import { latencyBuckets } from './buckets.ts';
import type { MetricDefinition } from './definition.ts';

/** Who comes in: logins, tokens, and the queue for passwords. */
export const identityMetrics = {
  wallet_logins_total: {
    type: 'counter',
    help: 'Attempts to log in: limited while locked out, overloaded when too many came at once.',
    origin: 'identity',
    labels: { result: ['accepted', 'refused', 'limited', 'overloaded'] },
  },
  wallet_login_lockouts_total: {
    type: 'counter',
    help: 'Times that an address was locked out of an account for failing too often.',
    origin: 'identity',
  },
  wallet_registrations_total: {
    type: 'counter',
    help: 'Attempts to register.',
    origin: 'identity',
    labels: { result: ['created', 'taken', 'overloaded'] },
  },
  wallet_token_grants_total: {
    type: 'counter',
    help: 'Requests at the token endpoint. A refused refresh may be a stolen token used again.',
    origin: 'identity',
    labels: {
      grant: ['refresh_token', 'client_credentials', 'other'],
      result: ['granted', 'refused'],
    },
  },
  wallet_password_queue_requests: {
    type: 'gauge',
    help: 'Passwords that are hashed or wait for it.',
    origin: 'identity',
  },
  wallet_password_hash_duration_seconds: {
    type: 'histogram',
    help: 'From the wish for a hash to the hash, waiting included.',
    origin: 'identity',
    buckets: latencyBuckets,
  },
} as const satisfies Record<string, MetricDefinition>;

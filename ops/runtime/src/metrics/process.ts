import { latencyBuckets } from './buckets.ts';
import { bounded, type MetricDefinition } from './definition.ts';

/** The process itself and the connections it holds. */
export const processMetrics = {
  wallet_build_info: {
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    origin: 'every',
    labels: {
      process: bounded(16, 'process roles'),
      version: bounded(4, 'versions of this product'),
      node: bounded(4, 'versions of Node.js'),
    },
  },
  wallet_event_loop_lag_seconds: {
    type: 'gauge',
    help: 'Delay of the event loop since the last scrape.',
    origin: 'every',
    labels: { quantile: ['p50', 'p99', 'max'] },
  },
  wallet_database_pool_connections: {
    type: 'gauge',
    help: 'Pooled database connections and the callers waiting for one.',
    origin: 'every',
    labels: { state: ['used', 'idle', 'waiting'] },
  },
  wallet_database_pool_wait_seconds: {
    type: 'histogram',
    help: 'How long a caller waited for a pooled connection.',
    origin: 'every',
    buckets: latencyBuckets,
  },
  wallet_redis_command_duration_seconds: {
    type: 'histogram',
    help: 'Redis round trips as the caller sees them, by purpose.',
    origin: 'every',
    labels: { purpose: ['velocity', 'idempotency', 'session', 'other'] },
    buckets: latencyBuckets,
  },
  wallet_redis_errors_total: {
    type: 'counter',
    help: 'Redis commands that failed or came too late.',
    origin: 'every',
    labels: { reason: ['timeout', 'unavailable', 'error'] },
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'CPU time of the process, user and system.',
    origin: 'every',
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory of the process.',
    origin: 'every',
  },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'When the process started.',
    origin: 'every',
  },
  nodejs_heap_used_bytes: {
    type: 'gauge',
    help: 'JavaScript heap in use.',
    origin: 'every',
  },
} as const satisfies Record<string, MetricDefinition>;

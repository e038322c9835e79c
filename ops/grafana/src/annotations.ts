import type { Annotation } from './dashboard.ts';

/** What explains a change of a curve more often than anything else. */
export const annotations: readonly Annotation[] = [
  {
    name: 'process started',
    color: 'blue',
    expr: 'process_start_time_seconds * 1000',
    valueIsTime: true,
  },
  {
    name: 'partitions assigned anew',
    color: 'purple',
    expr: 'sum by (group) (increase(wallet_subscription_generations_total[$__rate_interval]))',
    valueIsTime: false,
  },
];

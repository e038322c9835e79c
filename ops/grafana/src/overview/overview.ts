import type { Dashboard } from '../dashboard.ts';
import { flow } from './flow.ts';
import { lateness } from './lateness.ts';
import { evidence, money } from './money.ts';
import { surroundings } from './surroundings.ts';

/** The first page: is money right, does it flow, how late is it; then what is around it. */
export const overview: Dashboard = {
  uid: 'wallet-overview',
  title: 'Wallet: overview',
  description: 'Is money right? Does it flow? How late is it?',
  rows: [money, evidence, ...flow, ...lateness, ...surroundings],
  variables: [
    { name: 'process', label: 'Process', metric: 'wallet_build_info', labelName: 'process' },
  ],
  annotations: [
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
  ],
};

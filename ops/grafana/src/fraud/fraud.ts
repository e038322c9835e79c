import { annotations } from '../annotations.ts';
import type { Dashboard } from '../dashboard.ts';
import { counters } from './counters.ts';
import { decisions } from './decisions.ts';
import { ruleSets } from './rule-sets.ts';

/** For analysts: what rules decide, which of them, and what they stand on. */
export const fraud: Dashboard = {
  uid: 'wallet-fraud',
  title: 'Wallet: fraud',
  description: 'Decisions, the rules behind them, sets in shadow, counters and the review queue.',
  rows: [decisions, ruleSets, counters],
  variables: [],
  annotations,
};

import { annotations } from '../annotations.ts';
import type { Dashboard } from '../dashboard.ts';
import { evidence } from '../overview/money.ts';
import { checks } from './checks.ts';
import { held, holdings } from './holdings.ts';

/** For who answers for the books: what proves them, and where the money is. */
export const ledger: Dashboard = {
  uid: 'wallet-ledger',
  title: 'Wallet: ledger',
  description: 'Is money right, is history kept, and where is the money?',
  rows: [checks, evidence, holdings, held],
  variables: [],
  annotations,
};

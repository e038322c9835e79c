import { annotations } from '../annotations.ts';
import type { Dashboard } from '../dashboard.ts';
import { disputes } from './disputes.ts';
import { emails } from './emails.ts';
import { returns } from './returns.ts';
import { settlements } from './settlements.ts';
import { tickets } from './tickets.ts';
import { webhooks } from './webhooks.ts';

/** For operators and support: what happens to money after its payment, and what waits for whom. */
export const cases: Dashboard = {
  uid: 'wallet-cases',
  title: 'Wallet: cases',
  description:
    'Disputes, refunds, debts, clearing, settlements, withdrawals, tickets, messages: what waits.',
  rows: [disputes, returns, settlements, tickets, webhooks, emails],
  variables: [],
  annotations,
};

import { topics } from '@wallet/schemas';
import type { Desk, Trade } from '../posting/kind.ts';
import type { PostingPlan } from '../posting/posting.ts';
import { createDisputes } from './disputes.ts';
import { observeCommand } from './observe-command.ts';
import { createPaymentActions } from './payment-actions.ts';
import { createRefunds } from './refunds.ts';
import { createSettlements } from './settlements.ts';
import { createTopUps } from './top-ups.ts';
import { createWithdrawals } from './withdrawals.ts';

/** Every noun whose commands are decided here: a line each. */
const trades: readonly ((desk: Desk) => Trade)[] = [
  createTopUps,
  createWithdrawals,
  createPaymentActions,
  createRefunds,
  createDisputes,
  createSettlements,
];

/** Commands: all that happens to a payment after its first state, and all that is no payment. */
export const commandsPlan: PostingPlan = {
  stage: 'commands',
  topics: [
    ...[topics.walletIntents.name, topics.refundIntents.name, topics.disputeIntents.name],
    topics.settlementIntents.name,
  ],
  trade(desk) {
    const all = trades.map((create) => create(desk));
    return {
      kinds: all.flatMap(({ kinds }) => kinds),
      shelves: all.flatMap(({ shelves }) => shelves),
      writers: all.flatMap(({ writers }) => writers),
    };
  },
  observe: observeCommand,
};

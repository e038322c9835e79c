import { paymentStates } from '../payments/payment.ts';
import { holdStates } from '../ledger/hold-states.ts';
import { disputeTable } from '../disputes/dispute.ts';
import { refundStates } from '../refunds/refund.ts';
import { settlementStates } from '../settlements/settlement.ts';
import { ticketTable } from '../tickets/ticket.ts';
import { withdrawalStates } from '../withdrawals/withdrawal.ts';
import { documentOf } from './state-table.ts';
import type { StateTable } from './state-table.ts';

/** Every noun whose states are data. */
export const stateTables: readonly StateTable[] = [
  paymentStates,
  holdStates,
  refundStates,
  disputeTable,
  withdrawalStates,
  settlementStates,
  ticketTable,
];

/** What `core-ledger/states.md` must say. */
export function statesDocument(): string {
  const head = `# States

Written by \`npm run states -w core-ledger\` from the state tables of the nouns; a test keeps it
true. A status without a deadline may stay for ever. X is the payment, y a capture of it, f its fee,
r a refund, D the disputed amount, F the dispute fee; DR lowers a balance, CR raises it.
`;
  return [head, ...stateTables.map(documentOf)].join('\n');
}

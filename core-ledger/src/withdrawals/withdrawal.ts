import type { StateRow, StateTable } from '../states/state-table.ts';

export type WithdrawalStatus = 'in_transit' | 'paid' | 'returned' | 'failed';
/** Before its first row a withdrawal is `pending`: known to the edge alone. */
export type ShownWithdrawalStatus = 'pending' | WithdrawalStatus;

export type WithdrawalEventName =
  'withdrawal.in_transit' | 'withdrawal.paid' | 'withdrawal.returned' | 'withdrawal.failed';

/** Why a withdrawal failed; the `failure_code` of the contract. */
export type WithdrawalFailure =
  | 'wallet_not_found'
  | 'currency_mismatch'
  | 'account_frozen'
  | 'account_closed'
  | 'insufficient_funds'
  | 'invalid_amount'
  | 'limit_exceeded';

/** What is heard of a withdrawal that was sent. */
export type WithdrawalAction = 'withdrawal_confirmation' | 'withdrawal_return';

/** Why nothing came of it. */
export type WithdrawalActionFailure = 'withdrawal_not_found' | 'invalid_state';

type WithdrawalRow = StateRow<ShownWithdrawalStatus> & {
  readonly action: 'decide' | 'confirm' | 'return';
  readonly by: readonly ('settlement' | 'operator' | 'timer')[];
  readonly event: WithdrawalEventName;
};

const decided = { from: 'pending', action: 'decide', by: ['settlement'] } as const;
/** Outside of the sandbox the timer only says that it is late: nobody guesses what a bank did. */
const told = { from: 'in_transit', by: ['operator', 'timer'], deadline: null } as const;

/** Every legal change of a withdrawal. */
export const withdrawalStates: StateTable<ShownWithdrawalStatus, WithdrawalRow> = {
  noun: 'withdrawal',
  first: 'pending',
  resting: [],
  shownAs: {},
  rows: [
    {
      ...{ ...decided, to: 'in_transit', event: 'withdrawal.in_transit' },
      posting: 'DR wallet X; CR in-transit X',
      deadline: 'the bank has answered: confirm or return; in the sandbox after 2 s',
    },
    { ...decided, to: 'failed', event: 'withdrawal.failed', posting: null, deadline: null },
    {
      ...{ ...told, to: 'paid', action: 'confirm', event: 'withdrawal.paid' },
      posting: 'DR in-transit X; CR external X',
    },
    {
      ...{ ...told, to: 'returned', action: 'return', event: 'withdrawal.returned' },
      posting: 'DR in-transit X; CR wallet X, or suspense where it was closed',
    },
  ],
};

/** Money that leaves a wallet for a bank; amounts in minor units. Its id is its intent's id. */
export type WithdrawalView = {
  readonly id: string;
  readonly status: WithdrawalStatus;
  /** Rises by one with each change of state; the order of its events. */
  readonly version: number;
  readonly walletId: string;
  /** The user who owns the wallet. */
  readonly ownerId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** An opaque reference to where the money goes. */
  readonly destination: string;
  readonly reference: string | null;
  readonly failureCode: WithdrawalFailure | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

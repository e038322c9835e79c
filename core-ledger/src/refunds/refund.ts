import type { StateRow, StateTable } from '../states/state-table.ts';

export type RefundStatus = 'pending' | 'succeeded' | 'failed' | 'canceled';

export type RefundEventName =
  'refund.pending' | 'refund.succeeded' | 'refund.failed' | 'refund.canceled';

/** Why a refund failed; the `failure_code` of the contract. */
export type RefundFailure =
  | 'payment_not_found'
  | 'invalid_state'
  | 'not_allowed_for_party'
  | 'refund_exceeds_remaining'
  | 'payment_disputed'
  | 'insufficient_funds'
  | 'account_frozen'
  | 'account_closed'
  | 'limit_exceeded';

type RefundRow = StateRow<'received' | RefundStatus> & {
  readonly by: readonly ('settlement' | 'payee' | 'support' | 'operator' | 'credit' | 'timer')[];
  readonly event: RefundEventName;
};

const paid = 'DR payee r − g (available, then pending), DR fees g; CR payer r, or suspense';
const decided = { from: 'received', action: 'decide', by: ['settlement'] } as const;
const waiting = { from: 'pending', deadline: null } as const;

/** Every legal change of a refund. Only one that is short of money stays pending. */
export const refundStates: StateTable<'received' | RefundStatus, RefundRow> = {
  noun: 'refund',
  first: 'received',
  resting: [],
  shownAs: { received: 'pending' },
  rows: [
    { ...decided, to: 'succeeded', event: 'refund.succeeded', posting: paid, deadline: null },
    { ...decided, to: 'failed', event: 'refund.failed', posting: null, deadline: null },
    {
      ...{ ...decided, to: 'pending', event: 'refund.pending' },
      ...{ posting: null, deadline: '30 days after the refund: give_up' },
    },
    {
      ...{ ...waiting, to: 'succeeded', action: 'retry', by: ['credit'] },
      ...{ event: 'refund.succeeded', posting: paid },
    },
    {
      ...{ ...waiting, to: 'canceled', action: 'cancel', by: ['payee', 'support', 'operator'] },
      ...{ event: 'refund.canceled', posting: null },
    },
    {
      ...{ ...waiting, to: 'failed', action: 'give_up', by: ['timer'] },
      ...{ event: 'refund.failed', posting: null },
    },
  ],
};

/** Whoever waits longer for a payee's money must go another way. */
export const refundWaitDays = 30;

/** A refund as it stands; amounts in minor units. Its id is its intent's id. */
export type Refund = {
  readonly id: string;
  readonly paymentId: string;
  readonly payerWalletId: string;
  readonly payeeWalletId: string;
  /** Users. */
  readonly payerId: string;
  readonly payeeId: string;
  readonly actorId: string;
  readonly amountMinor: bigint;
  /** 0: all that may still go back. */
  readonly askedMinor: bigint;
  /** Of the payment's fee, what the platform gives back to the payee. */
  readonly feeReturnedMinor: bigint;
  /** What could still go back when more was asked for. */
  readonly remainingMinor: bigint | null;
  readonly currency: string;
  readonly status: RefundStatus;
  readonly version: number;
  readonly reason: string | null;
  readonly failureCode: RefundFailure | null;
  /** The payer's wallet is closed: the money waits for a person. */
  readonly toSuspense: boolean;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
};

/** A refund as its parties see it. */
export type RefundView = Omit<Refund, 'acceptedAtMs'> & {
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

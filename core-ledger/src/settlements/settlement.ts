import type { StateRow, StateTable } from '../states/state-table.ts';

export type SettlementStatus =
  | 'scheduled'
  | 'pending_approval'
  | 'submitted'
  | 'settled'
  | 'partially_settled'
  | 'failed'
  | 'returned'
  | 'aborted';
/** Before its first row a settlement is `pending`: known to the edge alone. */
export type ShownSettlementStatus = 'pending' | SettlementStatus;

export type SettlementEventName = `settlement.${SettlementStatus}`;

/** Why a settlement failed before anything was sent; `returned_by_bank` is the bank's doing. */
export type SettlementFailure =
  | 'wallet_not_found'
  | 'currency_mismatch'
  | 'payment_not_found'
  | 'payment_not_captured'
  | 'payment_disputed'
  | 'nothing_to_settle'
  | 'negative_balance'
  | 'already_settled'
  | 'settlement_in_progress'
  | 'account_frozen'
  | 'returned_by_bank';

/** What an operator may ask for; the word is the status it should come to. */
export type SettlementTarget = 'submitted' | 'settled' | 'failed' | 'returned' | 'aborted';

/** Why nothing came of it. */
export type SettlementActionFailure =
  | 'settlement_not_found'
  | 'invalid_state'
  | 'same_person'
  | 'insufficient_funds'
  | 'account_frozen'
  | 'amount_out_of_range';

type SettlementRow = StateRow<ShownSettlementStatus> & {
  readonly action: 'decide' | SettlementTarget;
  readonly event: SettlementEventName;
};

const decided = { from: 'pending', action: 'decide', by: ['settlement'] } as const;
const told = { by: ['operator', 'bank'], deadline: null } as const;
const sent = 'DR merchant available N; CR in-transit N';
const waits = 'the bank has answered: three days, then InTransitOld';
const confirmed = { event: 'settlement.settled', posting: 'DR in-transit N; CR bank N' } as const;
const partly = { event: 'settlement.partially_settled', deadline: waits } as const;
const back = 'DR in-transit, or bank where it was confirmed; CR merchant available';
const backInPart = {
  event: 'settlement.partially_settled',
  deadline: waits,
  posting: back,
} as const;

/** Every legal change of a settlement. N is its net. */
export const settlementStates: StateTable<ShownSettlementStatus, SettlementRow> = {
  noun: 'settlement',
  first: 'pending',
  resting: ['scheduled', 'settled'],
  // Nobody guesses what a bank did, or what a person wants: an alert says that it is late.
  attended: ['pending_approval', 'submitted', 'partially_settled'],
  shownAs: {},
  rows: [
    {
      ...{ ...decided, to: 'scheduled', event: 'settlement.scheduled', posting: null },
      deadline: null,
    },
    {
      ...{ ...decided, to: 'pending_approval', event: 'settlement.pending_approval' },
      ...{ posting: null, deadline: 'approved by a second person, or aborted: a day' },
    },
    {
      ...{ ...decided, to: 'submitted', event: 'settlement.submitted', posting: sent },
      deadline: waits,
    },
    {
      ...{ ...decided, to: 'settled', event: 'settlement.settled', deadline: null },
      posting: null,
    },
    { ...decided, to: 'failed', event: 'settlement.failed', posting: null, deadline: null },
    {
      ...{ from: 'pending_approval', to: 'submitted', action: 'submitted' },
      ...{ by: ['operator'], event: 'settlement.submitted', posting: sent },
      deadline: waits,
    },
    {
      ...{ from: 'pending_approval', to: 'aborted', action: 'aborted', by: ['operator'] },
      ...{ event: 'settlement.aborted', posting: null, deadline: null },
    },
    { ...told, from: 'submitted', to: 'settled', action: 'settled', ...confirmed },
    {
      ...{ ...told, from: 'submitted', to: 'partially_settled', action: 'settled', ...partly },
      posting: 'DR in-transit, CR bank: what the bank has paid',
    },
    {
      ...{ ...told, from: 'submitted', to: 'failed', action: 'failed', posting: back },
      event: 'settlement.failed',
    },
    {
      ...{ ...told, from: 'submitted', to: 'partially_settled', action: 'returned' },
      ...backInPart,
    },
    {
      ...{ ...told, from: 'submitted', to: 'returned', action: 'returned', posting: back },
      event: 'settlement.returned',
    },
    { ...told, from: 'partially_settled', to: 'settled', action: 'settled', ...confirmed },
    {
      ...{ ...told, from: 'partially_settled', to: 'partially_settled', action: 'settled' },
      ...{ ...partly, posting: 'DR in-transit, CR bank: what the bank has paid' },
    },
    {
      ...{ ...told, from: 'partially_settled', to: 'partially_settled', action: 'returned' },
      ...backInPart,
    },
    {
      ...{ ...told, from: 'partially_settled', to: 'returned', action: 'returned' },
      ...{ event: 'settlement.returned', posting: back },
    },
    {
      ...{ ...told, from: 'settled', to: 'partially_settled', action: 'returned' },
      ...backInPart,
    },
    {
      ...{ ...told, from: 'settled', to: 'returned', action: 'returned', posting: back },
      event: 'settlement.returned',
    },
  ],
};

/**
 * Versions up to which nothing of a merchant waits for a batch: of credits to pending, debits of
 * pending, available, receivable.
 */
export type Cuts = readonly [bigint, bigint, bigint, bigint];

/** A batch's report; gross − refunds − disputes − fees + carried = net. Minor units. */
export type SettlementReport = {
  readonly grossMinor: bigint;
  readonly refundsMinor: bigint;
  readonly disputesMinor: bigint;
  readonly feesMinor: bigint;
  /** What came from earlier batches and by other ways, less what is left for later ones. */
  readonly carriedMinor: bigint;
  readonly netMinor: bigint;
};

/** One batch of one merchant; its id is its intent's id. */
export type Settlement = SettlementReport & {
  readonly id: string;
  readonly walletId: string;
  readonly ownerId: string;
  /** Of this payment alone; null: of all that the merchant has. */
  readonly paymentId: string | null;
  readonly windowId: string | null;
  readonly origin: 'payment' | 'run' | 'window';
  readonly status: SettlementStatus;
  /** Rises by one with each change of state; the order of its events. */
  readonly version: number;
  readonly currency: string;
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly carriedInMinor: bigint;
  readonly carriedOutMinor: bigint;
  /** Of the net, what the bank has. */
  readonly confirmedMinor: bigint;
  /** Of the net, what is available to the merchant again. */
  readonly returnedMinor: bigint;
  /** Of what was confirmed, what statements of the bank have shown. */
  readonly bankedMinor: bigint;
  /** What statements have shown as paid besides; owed by suspense until the bank brings it back. */
  readonly overpaidMinor: bigint;
  readonly itemCount: number;
  /** The cuts of its merchant before it was made. */
  readonly cuts: Cuts;
  /** Where the money goes; an opaque reference. */
  readonly destination: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly failureCode: SettlementFailure | null;
  /** When the payment it waits for clears. Milliseconds since 1970. */
  readonly availableOnMs: number | null;
  readonly acceptedAtMs: number;
};

/** What left the merchant and neither arrived nor came back. */
export function inTransitOf(settlement: Settlement): bigint {
  const { status, netMinor, confirmedMinor, returnedMinor } = settlement;
  const isSent = status === 'submitted' || status === 'partially_settled';
  return isSent ? netMinor - confirmedMinor - returnedMinor : 0n;
}

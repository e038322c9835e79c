import { isFinal } from '../states/state-table.ts';
import type { StateRow, StateTable } from '../states/state-table.ts';
import type { DisputeReason } from './policy.ts';
import type { Position } from './position.ts';

export type DisputeStage = 'inquiry' | 'chargeback';

export type DisputeStatus =
  | 'opened'
  | 'answered'
  | 'closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost'
  | 'partially_won'
  | 'accepted'
  | 'withdrawn'
  | 'expired'
  | 'under_appeal'
  | 'failed';

/** One claim of a payer against a payment; amounts in minor units, times in ms since 1970. */
export type Dispute = {
  readonly id: string;
  readonly paymentId: string;
  readonly payerWalletId: string;
  readonly payeeWalletId: string;
  /** Users. */
  readonly payerId: string;
  readonly payeeId: string;
  readonly currency: string;
  /** What is disputed. */
  readonly amountMinor: bigint;
  readonly reason: DisputeReason;
  readonly description: string;
  readonly stage: DisputeStage;
  readonly status: DisputeStatus;
  readonly failureCode: string | null;
  /** Rises by one with each change; the order of the dispute's history and events. */
  readonly version: number;
  readonly position: Position;
  /** When a timer ends what the status waits for; null when it waits for nothing. */
  readonly dueAtMs: number | null;
  /** Until when the decision may be appealed; null while there is none. */
  readonly appealUntilMs: number | null;
  readonly appealedBy: DisputeSide | null;
  /** A decision that waits for a second person. */
  readonly proposal: Proposal | null;
  /** The operator who decided last. */
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
  /** Pieces of evidence that each side has added. */
  readonly evidence: Readonly<Record<DisputeSide, number>>;
  readonly openedAtMs: number;
};

export type DisputeSide = 'payer' | 'payee';

/** What an operator decides: how much of the disputed amount is the payer's. */
export type Proposal = { readonly by: string; readonly awardedMinor: bigint };

/** Before its first row a dispute is `pending`: known to the edge alone. */
export type ShownDisputeStatus = DisputeStatus | 'pending';

/** Who does something to a dispute. Support stands in for the payer. */
export type DisputeActor = 'payer' | 'payee' | 'support' | 'operator' | 'timer' | 'refund';

export const disputeActions = [
  'evidence',
  'submit',
  'accept',
  'withdraw',
  'escalate',
  'decision',
  'appeal',
] as const;

/** What a person does to a dispute that exists. */
export type DisputeAction = (typeof disputeActions)[number];

export type DisputeEventName = `dispute.${DisputeStatus | 'escalated' | 'appealed' | 'submitted'}`;

export type DisputeRow = StateRow<ShownDisputeStatus> & {
  readonly by: readonly DisputeActor[];
  readonly action: DisputeAction | 'open' | 'deadline' | 'refund';
  readonly event: DisputeEventName;
};

const response = 'response: 10 business days';
const escalation = 'escalation: 10 business days';
const review = 'review: 45 business days';
const toReserve =
  'DR available, pending, receivable; CR reserve D, dispute fees F (provisional credit by policy)';
const toPayee = 'DR reserve D, dispute fees F; CR receivable, available (provisional clawed back)';
const toPayer = 'DR reserve D; CR payer, or provisional when credited before';
const split = 'DR reserve D; CR payer the award, CR receivable, available the rest';
const upheld = 'DR reserve, when the payer appealed; CR receivable, available';
const revised = 'the difference to the first decision';

const decisions = (from: 'needs_response' | 'under_review') =>
  [
    row(from, 'won', 'decision', ['operator'], 'dispute.won', toPayee, null),
    row(from, 'lost', 'decision', ['operator'], 'dispute.lost', toPayer, null),
    row(from, 'partially_won', 'decision', ['operator'], 'dispute.partially_won', split, null),
  ] as const;

const appeals = (from: 'won' | 'lost' | 'partially_won' | 'expired', by: DisputeActor[]) =>
  row(
    ...([from, 'under_appeal', 'appeal', by, 'dispute.appealed'] as const),
    ...([by.includes('payer') ? 'CR reserve what was not awarded' : null, review] as const),
  );

const payer: DisputeActor[] = ['payer', 'support'];

/** The state table: every legal change of a dispute. */
export const disputeTable: StateTable<ShownDisputeStatus, DisputeRow> = {
  noun: 'dispute',
  first: 'pending',
  // The losing party may appeal, once and for some days; nobody must.
  resting: ['won', 'lost', 'partially_won', 'expired'],
  shownAs: {},
  rows: [
    row('pending', 'opened', 'open', payer, 'dispute.opened', null, response),
    row('pending', 'needs_response', 'open', payer, 'dispute.opened', toReserve, response),
    row('pending', 'failed', 'open', payer, 'dispute.failed', null, null),
    row('opened', 'answered', 'submit', ['payee'], 'dispute.answered', null, escalation),
    row('opened', 'closed', 'refund', ['refund'], 'dispute.closed', null, null),
    row('opened', 'withdrawn', 'withdraw', payer, 'dispute.withdrawn', null, null),
    row('opened', 'needs_response', 'escalate', payer, 'dispute.escalated', toReserve, response),
    // No answer to the question: it becomes a claim, or ends where nothing is left to claim.
    row(
      'opened',
      'needs_response',
      'deadline',
      ['timer'],
      'dispute.escalated',
      toReserve,
      response,
    ),
    row('opened', 'closed', 'deadline', ['timer'], 'dispute.closed', null, null),
    row('answered', 'closed', 'deadline', ['timer'], 'dispute.closed', null, null),
    row('answered', 'closed', 'refund', ['refund'], 'dispute.closed', null, null),
    row('answered', 'withdrawn', 'withdraw', payer, 'dispute.withdrawn', null, null),
    row('answered', 'needs_response', 'escalate', payer, 'dispute.escalated', toReserve, response),
    row('needs_response', 'under_review', 'submit', ['payee'], 'dispute.submitted', null, review),
    row('needs_response', 'accepted', 'accept', ['payee'], 'dispute.accepted', toPayer, null),
    row('needs_response', 'withdrawn', 'withdraw', payer, 'dispute.withdrawn', toPayee, null),
    row('needs_response', 'expired', 'deadline', ['timer'], 'dispute.expired', toPayer, null),
    ...decisions('needs_response'),
    row('under_review', 'accepted', 'accept', ['payee'], 'dispute.accepted', toPayer, null),
    row('under_review', 'withdrawn', 'withdraw', payer, 'dispute.withdrawn', toPayee, null),
    // We did not decide: the claim was not proved, and what was set aside goes back.
    row('under_review', 'won', 'deadline', ['timer'], 'dispute.won', toPayee, null),
    ...decisions('under_review'),
    appeals('won', ['payer', 'support']),
    appeals('lost', ['payee']),
    appeals('expired', ['payee']),
    appeals('partially_won', ['payer', 'support', 'payee']),
    ...(['won', 'lost', 'partially_won'] as const).flatMap((to) => [
      row('under_appeal', to, 'decision', ['operator'], `dispute.${to}`, revised, null),
      row(
        'under_appeal',
        to,
        'withdraw',
        ['payer', 'support', 'payee'],
        `dispute.${to}`,
        upheld,
        null,
      ),
      row('under_appeal', to, 'deadline', ['timer'], `dispute.${to}`, upheld, null),
    ]),
  ],
};

/** Statuses that wait for somebody, until a deadline. */
export const openDisputeStatuses = [
  'opened',
  'answered',
  'needs_response',
  'under_review',
  'under_appeal',
] as const satisfies readonly DisputeStatus[];

export type OpenDisputeStatus = (typeof openDisputeStatuses)[number];

/** Does it wait for something? One dispute of a payment may. */
export function isOpen({ status }: { status: DisputeStatus }): boolean {
  return !isFinal(disputeTable, status);
}

function row(
  from: ShownDisputeStatus,
  to: DisputeStatus,
  action: DisputeRow['action'],
  by: readonly DisputeActor[],
  event: DisputeEventName,
  posting: string | null,
  deadline: string | null,
): DisputeRow {
  return { from, to, action, by, event, posting, deadline };
}

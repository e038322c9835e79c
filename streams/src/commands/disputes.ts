import {
  accountsOfDispute,
  createEvidenceWriter,
  decideDispute,
  disputeActions,
  disputePolicy,
  disputePolicyOf,
  failedDispute,
  LedgerFault,
  openDispute,
  payingAccountOf,
  walletsIn,
} from '@wallet/core-ledger';
import type {
  Book,
  Dispute,
  DisputeAction,
  DisputeActor,
  DisputeReason,
  DisputeRefusal,
  DisputeSide,
  DisputeStage,
  LockedPayment,
  DisputeParties,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { DisputeIntent } from '@wallet/schemas';
import { actorOf } from '../posting/actor.ts';
import { carried } from '../posting/carried.ts';
import type { Desk, Kind, Settled, Trade, Work } from '../posting/kind.ts';
import { createActionBook } from './actions.ts';
import { createDisputeChanges, disputedPaymentOf } from './dispute-changes.ts';
import type { Cause, DisputeChanges } from './dispute-changes.ts';
import { partiesOf } from './dispute-parties.ts';

/** Disputes of payments: opening one, and all that the parties and operators do to it. */
export function createDisputes(desk: Desk): Trade {
  const { disputes } = desk;
  const changes = createDisputeChanges(desk, disputes);
  const actions = createActionBook(desk);
  const evidence = createEvidenceWriter();
  const opening: Kind<DisputeIntent> = {
    ...kindOf(desk, 'dispute'),
    decide: (work, book) => decideOpening(desk, changes, work, book),
  };
  const doings = disputeActions.map((action): Kind<DisputeIntent> => ({
    ...kindOf(desk, action),
    decide(work, book) {
      const { value: intent, record } = work;
      const code = act(desk, changes, work, action, book);
      if (code === null && action === 'evidence') evidence.add(pieceOf(desk, intent));
      const dispute = disputes.get(intent.dispute_id);
      const { payerWalletId: walletId = '', payerId: ownerId = '' } = dispute ?? {};
      return actions.record(intent, record, {
        ...{ kind: action, noun: 'dispute', nounId: intent.dispute_id, code },
        told: { walletId, ownerId, currency: intent.currency },
      });
    },
  }));
  return {
    kinds: [opening, ...doings],
    shelves: [disputes],
    writers: [changes, actions, evidence],
  };
}

/** What all kinds have in common. */
function kindOf(desk: Desk, kind: 'dispute' | DisputeAction) {
  const { disputes } = desk;
  return {
    kind,
    topic: topics.disputeIntents,
    isOne: (intent: DisputeIntent) => intent.kind === kind,
    intentOf: (intent: DisputeIntent) => intent,
    concerns: (intent: DisputeIntent) => ({
      ...{ walletIds: [], paymentId: intent.payment_id },
      opens: { payer: mayOwe(intent) ? debt : [], payee: claim },
    }),
    accounts(intent: DisputeIntent) {
      const parties = partiesOf(desk, intent.payment_id);
      if (parties === null) return { touched: [], ordered: null };
      return { touched: accountsOfDispute(parties), ordered: payingAccountOf(parties.payer) };
    },
    ask(intent: DisputeIntent) {
      disputes.ask(intent.dispute_id);
      disputes.askOf(intent.payment_id);
      desk.terms.ask(partiesOf(desk, intent.payment_id)?.payee);
    },
  };
}

/** What a payee's wallet needs for money to be set aside. */
const claim = ['dispute_reserve', 'receivable'] as const;
/** What a payer's wallet needs to owe what it was given. */
const debt = ['receivable'] as const;

function mayOwe({ kind, reason }: DisputeIntent): boolean {
  if (kind === 'escalate' || kind === 'appeal') return true;
  const word = (reason ?? 'other') as DisputeReason;
  return kind === 'dispute' && disputePolicy.provisionalUpToMinor[word] !== undefined;
}

function decideOpening(
  desk: Desk,
  changes: DisputeChanges,
  { value: intent, record }: Work<DisputeIntent>,
  book: Book,
): Settled {
  const { payment, parties } = disputedBy(desk, intent);
  const request = {
    ...{ id: intent.intent_id, acceptedAtMs: intent.accepted_at },
    amountMinor: intent.amount_minor === 0n ? null : intent.amount_minor,
    reason: (intent.reason ?? 'other') as DisputeReason,
    description: intent.description ?? '',
    stage: (intent.stage ?? 'chargeback') as DisputeStage,
  };
  const disputed = disputedPaymentOf(payment, desk.disputes);
  const policy = disputePolicyOf(desk.terms.get(payment.payeeWalletId));
  const context = { wallets: walletsIn(book, parties), policy };
  const opened = openDispute(request, disputed, context);
  const dispute = opened.ok ? opened.dispute : failedDispute(request, disputed, opened.reason);
  const event = opened.ok ? 'dispute.opened' : 'dispute.failed';
  const askedMinor = intent.amount_minor;
  changes.apply({ dispute, event, askedMinor }, causeOf({ value: intent, record }), parties, book);
  const outcome = opened.ok ? 'succeeded' : 'failed';
  const code = opened.ok ? null : opened.reason;
  return { kind: 'dispute', outcome, code, acceptedAtMs: intent.accepted_at };
}

/** Why the action is refused; null once it is done. */
function act(
  desk: Desk,
  changes: DisputeChanges,
  { value: intent, record }: Pick<Work<DisputeIntent>, 'value' | 'record'>,
  action: DisputeAction,
  book: Book,
): DisputeRefusal | 'dispute_not_found' | null {
  const dispute = desk.disputes.get(intent.dispute_id);
  if (dispute === undefined) return 'dispute_not_found';
  const by = actorIn(dispute, intent);
  if (by === null) return 'not_allowed_for_party';
  const { payment, parties } = disputedBy(desk, intent);
  const command = {
    ...{ action, by, actorId: intent.caller_id },
    ...{ awardedMinor: intent.amount_minor, atMs: intent.accepted_at },
  };
  const decided = decideDispute(dispute, command, {
    payment: disputedPaymentOf(payment, desk.disputes),
    wallets: walletsIn(book, parties),
    policy: disputePolicyOf(desk.terms.get(payment.payeeWalletId)),
  });
  if (!decided.ok) return decided.reason;
  changes.apply(decided, causeOf({ value: intent, record }), parties, book);
  return null;
}

/** The edge accepts disputes of payments that have a row: without one this is no dispute. */
function disputedBy(
  desk: Desk,
  intent: DisputeIntent,
): { payment: LockedPayment; parties: DisputeParties } {
  const payment = desk.payments.get(intent.payment_id);
  const parties = partiesOf(desk, intent.payment_id);
  if (payment !== undefined && parties !== null) return { payment, parties };
  throw new LedgerFault('broken_invariant', `payment ${intent.payment_id} is not there`);
}

/** Staff act in their role, others as the party they are; nobody else gets here by the edge. */
function actorIn(dispute: Dispute, intent: DisputeIntent): DisputeActor | null {
  const { caller_id: callerId, actor_role: role } = intent;
  if (role === 'operator' || role === 'support') return role;
  if (callerId === dispute.payerId) return 'payer';
  return callerId === dispute.payeeId ? 'payee' : null;
}

function causeOf({ value: intent, record }: Pick<Work<DisputeIntent>, 'value' | 'record'>): Cause {
  const { reason, ...actor } = actorOf(intent, record);
  return {
    ...{ intentId: intent.intent_id, atMs: intent.accepted_at, headers: carried(record) },
    // What was done stands in for a reason that nobody gave.
    actor: { ...actor, reason: reason ?? intent.kind },
  };
}

function pieceOf({ disputes }: Desk, intent: DisputeIntent) {
  const { evidence, caller_id: addedBy, dispute_id: disputeId } = intent;
  if (evidence === null) throw new LedgerFault('broken_invariant', 'evidence without evidence');
  const { kind, name, content_type: contentType, size_bytes: sizeBytes, sha256 } = evidence;
  const side: DisputeSide = disputes.get(disputeId)?.payeeId === addedBy ? 'payee' : 'payer';
  return {
    ...{ id: intent.intent_id, disputeId, addedBy, name, contentType, sizeBytes, sha256, side },
    kind: kind === 'text' ? 'text' : 'file',
  } as const;
}

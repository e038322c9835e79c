import {
  accountsOfPayment,
  caseVersions,
  createCaseShelf,
  decidePaymentAction,
  payingAccountOf,
} from '@wallet/core-ledger';
import type {
  ActionOutcome,
  Book,
  CaseShelf,
  ClosedCaseStatus,
  PaymentAction,
  PaymentStatus,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { WalletIntent } from '@wallet/schemas';
import { actorOf } from '../posting/actor.ts';
import { carried } from '../posting/carried.ts';
import { caseEventOf } from '../posting/case-event.ts';
import type { Desk, Kind, Trade, Work } from '../posting/kind.ts';
import { paymentEventOf } from '../posting/payment-event.ts';
import { createActionBook } from './actions.ts';
import { partiesOf } from './dispute-parties.ts';

const paymentActions: readonly PaymentAction[] = ['capture', 'cancel', 'approve', 'reject'];

/** What people do to payments that wait: capture, cancel, approve, reject. */
export function createPaymentActions(desk: Desk): Trade {
  const actions = createActionBook(desk);
  const cases = createCaseShelf();
  const decide = (work: Work<WalletIntent>, action: PaymentAction, book: Book) => {
    const { value: intent, record } = work;
    const outcome = act(desk, intent, action, book);
    if (outcome.ok) tell(desk, cases, work, outcome);
    return actions.record(intent, record, {
      ...{ kind: action, noun: 'payment', nounId: intent.payment_id ?? intent.intent_id },
      code: outcome.ok ? null : outcome.code,
      told: {
        ...{ walletId: intent.wallet_id, ownerId: intent.owner_id, currency: intent.currency },
      },
    });
  };
  const kinds = paymentActions.map((action): Kind<WalletIntent> => ({
    kind: action,
    topic: topics.walletIntents,
    isOne: (intent) => intent.kind === action,
    intentOf: (intent) => intent,
    concerns: (intent) => ({ walletIds: [], paymentId: intent.payment_id }),
    accounts: (intent) => accountsOf(desk, intent),
    ask: ({ payment_id: id }) => {
      if (id === null) return;
      cases.ask(id);
      desk.terms.ask(partiesOf(desk, id)?.payee);
    },
    decide: (work, book) => decide(work, action, book),
  }));
  return { kinds, shelves: [cases], writers: [actions] };
}

function accountsOf(
  { wallets, paymentFacts }: Desk,
  { payment_id: paymentId }: WalletIntent,
): ReturnType<Kind['accounts']> {
  const facts = paymentFacts.get(paymentId ?? '');
  const payer = wallets.get(facts?.payerWalletId ?? '');
  const payee = wallets.get(facts?.payeeWalletId ?? '');
  if (payer === undefined || payee === undefined) return { touched: [], ordered: null };
  return { touched: accountsOfPayment(payer, payee), ordered: payingAccountOf(payer) };
}

function act(
  { payments, wallets, terms }: Desk,
  intent: WalletIntent,
  action: PaymentAction,
  book: Book,
): ActionOutcome {
  const payment = payments.get(intent.payment_id ?? '');
  const payee = wallets.get(payment?.payeeWalletId ?? '');
  if (payment === undefined || payee === undefined) return { ok: false, code: 'payment_not_found' };
  return decidePaymentAction(
    {
      ...{ id: intent.intent_id, action, acceptedAtMs: intent.accepted_at },
      ...{ amountMinor: intent.amount_minor, final: intent.final },
    },
    { payment, payee, fee: terms.get(payee.walletId).fee, book },
  );
}

function tell(
  desk: Desk,
  cases: CaseShelf,
  work: Work<WalletIntent>,
  { payment, event: type }: Extract<ActionOutcome, { ok: true }>,
): void {
  const { codec, clock, outbox, payments, changes } = desk;
  const { value: intent, record } = work;
  const from = payments.get(payment.id)?.status ?? null;
  payments.change(payment);
  changes.add({
    ...{ object: 'payment', objectId: payment.id, version: payment.version },
    ...{ from, to: payment.status, ...actorOf(intent, record) },
  });
  const told = { type, occurredAtMs: clock.nowMs(), headers: carried(record) };
  outbox.add(topics.paymentEvents.name, paymentEventOf(codec, payment, told));
  if (from === 'in_review') closeCase(desk, cases, work, payment.status);
}

/** Where the payment went says what the analyst found. */
const caseEnds: Readonly<Partial<Record<PaymentStatus, ClosedCaseStatus>>> = {
  captured: 'approved',
  authorized: 'approved',
  rejected: 'rejected',
};

function closeCase(
  { codec, clock, outbox, changes }: Desk,
  cases: CaseShelf,
  { value: intent, record }: Work<WalletIntent>,
  paymentStatus: PaymentStatus,
): void {
  const facts = cases.get(intent.payment_id ?? '');
  const status = caseEnds[paymentStatus];
  if (facts === undefined || status === undefined) return;
  cases.close(facts, status);
  changes.add({
    ...{ object: 'fraud_case', objectId: facts.id, version: caseVersions.closed },
    ...{ from: 'open', to: status, ...actorOf(intent, record) },
  });
  const told = { status, occurredAtMs: clock.nowMs(), headers: carried(record) };
  const { topic, record: event } = caseEventOf(codec, facts, told);
  outbox.add(topic, event);
}

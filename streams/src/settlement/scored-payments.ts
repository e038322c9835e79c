import {
  accountsOfPayment,
  caseVersions,
  createCaseWriter,
  createDecisionWriter,
  createLimitRefusalWriter,
  createPaymentWriter,
  decidePayment,
  payingAccountOf,
} from '@wallet/core-ledger';
import { judgedPayments, topics } from '@wallet/schemas';
import type { JudgedPayment } from '@wallet/schemas';
import { carried } from '../posting/carried.ts';
import { caseEventOf, caseOf } from '../posting/case-event.ts';
import type { Desk, Kind, Trade, Work } from '../posting/kind.ts';
import { firstPaymentEventOf } from './events.ts';

/** A payment that fraud has judged: it is captured, set aside or refused. */
export function createScoredPayments(desk: Desk): Trade {
  const { codec, clock, wallets, terms, outbox } = desk;
  const reviews = createReviews(desk);
  const payments = createPaymentWriter();
  const decisions = createDecisionWriter();
  const limits = createLimitRefusalWriter();
  const kind: Kind<JudgedPayment> = {
    kind: 'payment',
    topic: judgedPayments,
    intentOf: ({ intent }) => intent,
    concerns: ({ intent }) => ({
      walletIds: [intent.payer_wallet_id, intent.payee_wallet_id],
      paymentId: null,
    }),
    accounts({ intent }) {
      const payer = wallets.get(intent.payer_wallet_id);
      const payee = wallets.get(intent.payee_wallet_id);
      if (payer === undefined || payee === undefined) return { touched: [], ordered: null };
      return { touched: accountsOfPayment(payer, payee), ordered: payingAccountOf(payer) };
    },
    ask: ({ intent }) => terms.ask(wallets.get(intent.payee_wallet_id)),
    decide(work, book) {
      const { value, record, bytes } = work;
      const { intent, decision } = value;
      const payer = wallets.get(intent.payer_wallet_id);
      const payee = wallets.get(intent.payee_wallet_id);
      const { fee } = terms.get(intent.payee_wallet_id);
      const outcome = decidePayment(intent, decision.outcome, payer, payee, book, fee);
      payments.add(intent, outcome);
      if (outcome.limit !== undefined) limits.add(intent.intent_id, outcome.limit);
      decisions.add(intent.intent_id, decision, bytes);
      const event = firstPaymentEventOf(codec, record, intent, outcome, clock.nowMs());
      outbox.add(topics.paymentEvents.name, event);
      const { status, failureCode: code } = outcome;
      if (status === 'in_review') reviews.open(work);
      return { kind: 'payment', outcome: status, code, acceptedAtMs: intent.accepted_at };
    },
  };
  return { kinds: [kind], shelves: [], writers: [payments, decisions, limits, reviews] };
}

/** A payment that goes to review waits for a person: its case opens with it. */
function createReviews({ codec, clock, changes, outbox }: Desk) {
  const cases = createCaseWriter();
  return {
    reset: () => cases.reset(),
    statements: () => cases.statements(),
    open({ value: { intent, decision }, record }: Work<JudgedPayment>): void {
      const facts = caseOf(intent);
      cases.add(facts, decision.score);
      changes.add({
        ...{ object: 'fraud_case', objectId: facts.id, version: caseVersions.opened },
        ...{ from: null, to: 'open', actor: 'fraud', role: 'system' },
        requestId: record.headers['request-id'] ?? null,
      });
      const told = {
        status: 'open',
        occurredAtMs: clock.nowMs(),
        headers: carried(record),
      } as const;
      const { topic, record: event } = caseEventOf(codec, facts, told);
      outbox.add(topic, event);
    },
  };
}

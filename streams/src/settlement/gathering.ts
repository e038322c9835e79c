import {
  accountsOfPayment,
  accountsOfTopUp,
  createDecisionWriter,
  createOutboxWriter,
  createPaymentWriter,
  createTopUpWriter,
  decidePayment,
  decideTopUp,
  payingAccountOf,
} from '@wallet/core-ledger';
import type {
  Answer,
  Book,
  OutboxBatch,
  OutboxWriter,
  ParkedRecord,
  PaymentOutcome,
  Statement,
  TopUpOutcome,
  WalletFactsCache,
} from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import type { Codec, InboundRecord } from '@wallet/schemas';
import { deadLetterRecordOf } from './dead-letters.ts';
import { paymentEventOf, topUpEventOf } from './events.ts';
import type { DeadLetterReason, PaymentWork, TopUpWork, Work } from './work.ts';

/** What became of one intent, for the metrics. */
export type Settled = {
  readonly kind: Work['kind'];
  readonly outcome: PaymentOutcome['status'] | TopUpOutcome['status'];
  readonly code: string | null;
  readonly acceptedAtMs: number;
};

/** What one transaction decides, gathered in memory and written at its end. */
export type Gathering = {
  readonly settled: readonly Settled[];
  readonly parked: readonly ParkedRecord[];
  readonly deadLetters: readonly { topic: string; reason: DeadLetterReason }[];
  /** Decides a work against the book; its row, its decision and its event join the gathering. */
  decide(work: Work, book: Book): void;
  park(work: Work, blockedAccountId: bigint, reason: ParkedRecord['reason']): void;
  deadLetter(
    record: InboundRecord,
    why: { reason: DeadLetterReason; detail: string; attempts: number },
  ): void;
  /** Rows of the nouns. */
  statements(): Statement[];
  /** The outbox; to be sent after everything else. */
  outboxStatements(): Statement[];
  batchesOf(outboxAnswers: readonly Answer[]): OutboxBatch[];
  reset(): void;
};

/** Accounts a work may touch, and the one whose order it keeps; none when a wallet is unknown. */
export function accountsOf(
  work: Work,
  facts: WalletFactsCache,
): { touched: readonly bigint[]; ordered: bigint | null } {
  if (work.kind === 'top_up') {
    const wallet = facts.get(work.intent.wallet_id);
    return { touched: wallet === undefined ? [] : accountsOfTopUp(wallet), ordered: null };
  }
  const payer = facts.get(work.intent.payer_wallet_id);
  const payee = facts.get(work.intent.payee_wallet_id);
  if (payer === undefined || payee === undefined) return { touched: [], ordered: null };
  return { touched: accountsOfPayment(payer, payee), ordered: payingAccountOf(payer) };
}

/** Wallets whose facts must be loaded before works are decided. */
export function walletIdsOf(works: Iterable<Work>): Set<string> {
  const ids = new Set<string>();
  for (const work of works) {
    if (work.kind === 'top_up') ids.add(work.intent.wallet_id);
    else ids.add(work.intent.payer_wallet_id).add(work.intent.payee_wallet_id);
  }
  return ids;
}

type Deps = { codec: Codec; facts: WalletFactsCache; clock: Clock };

export function createGathering(deps: Deps): Gathering {
  const { facts } = deps;
  const outbox = createOutboxWriter();
  const settled: Settled[] = [];
  const parked: ParkedRecord[] = [];
  const deadLetters: { topic: string; reason: DeadLetterReason }[] = [];
  const payments = createPaymentSettling(deps, outbox);
  const topUps = createTopUpSettling(deps, outbox);
  return {
    settled,
    parked,
    deadLetters,
    decide(work, book) {
      settled.push(
        work.kind === 'payment' ? payments.decide(work, book) : topUps.decide(work, book),
      );
    },
    park(work, blockedAccountId, reason) {
      parked.push(parkedRecordOf(work, accountsOf(work, facts).ordered, blockedAccountId, reason));
    },
    deadLetter(record, why) {
      const { topic, outboxRecord } = deadLetterRecordOf(record, why);
      outbox.add(topic, outboxRecord);
      deadLetters.push({ topic: record.topic, reason: why.reason });
    },
    statements: () => [...payments.statements(), ...topUps.statements()],
    outboxStatements: () => outbox.statements(),
    batchesOf: (answers) => outbox.batchesOf(answers),
    reset() {
      for (const writer of [payments, topUps, outbox]) writer.reset();
      for (const list of [settled, parked, deadLetters]) list.length = 0;
    },
  };
}

function createPaymentSettling({ codec, facts, clock }: Deps, outbox: OutboxWriter) {
  const payments = createPaymentWriter();
  const decisions = createDecisionWriter();
  return {
    decide({ intent, decision, record, value }: PaymentWork, book: Book): Settled {
      const payer = facts.get(intent.payer_wallet_id);
      const payee = facts.get(intent.payee_wallet_id);
      const outcome = decidePayment(intent, decision.outcome, payer, payee, book);
      payments.add(intent, outcome);
      decisions.add(intent.intent_id, decision, value);
      const event = paymentEventOf(codec, record, intent, outcome, clock.nowMs());
      outbox.add(topics.paymentEvents.name, event);
      const { status, failureCode: code } = outcome;
      return { kind: 'payment', outcome: status, code, acceptedAtMs: intent.accepted_at };
    },
    statements: () => [...payments.statements(), ...decisions.statements()],
    reset() {
      payments.reset();
      decisions.reset();
    },
  };
}

function createTopUpSettling({ codec, facts, clock }: Deps, outbox: OutboxWriter) {
  const topUps = createTopUpWriter();
  return {
    decide({ intent, record }: TopUpWork, book: Book): Settled {
      const outcome = decideTopUp(intent, facts.get(intent.wallet_id), book);
      topUps.add(intent, outcome);
      const event = topUpEventOf(codec, record, intent, outcome, clock.nowMs());
      outbox.add(topics.walletEvents.name, event);
      const { status, failureCode: code } = outcome;
      return { kind: 'top_up', outcome: status, code, acceptedAtMs: intent.accepted_at };
    },
    statements: () => topUps.statements(),
    reset: () => topUps.reset(),
  };
}

function parkedRecordOf(
  work: Work,
  orderedAccountId: bigint | null,
  blockedAccountId: bigint,
  reason: ParkedRecord['reason'],
): ParkedRecord {
  const { topic, partition, offset, timestampMs, key, headers } = work.record;
  return {
    intentId: work.intent.intent_id,
    orderedAccountId,
    blockedAccountId,
    reason,
    topic,
    partition,
    offset,
    timestampMs,
    key,
    value: work.value,
    headers,
  };
}

import { readingOf } from '@wallet/core-ledger';
import type { Answer, Book, Hold, OutboxBatch, ParkedRecord, Statement } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { deadLetterRecordOf } from './dead-letters.ts';
import type { Concerns, DeadLetterReason, Desk, Settled, Trade, Work } from './kind.ts';

/** What became of an intent, and the trace it is part of. */
export type TracedSettled = Settled & { readonly traceparent: string | undefined };

/** What one transaction decides, gathered in memory and written at its end. */
export type Gathering = {
  readonly settled: readonly TracedSettled[];
  readonly parked: readonly ParkedRecord[];
  readonly deadLetters: readonly { topic: string; reason: DeadLetterReason }[];
  /** Loads the facts of what the works are about; from elsewhere, so before anything is locked. */
  loadFacts(works: readonly Work[]): Promise<void>;
  /** Asks for the rows that deciding the work needs. */
  ask(work: Work): void;
  /** Reads what was asked for; to be sent behind the locks on accounts. */
  reads(): Statement[];
  /** Takes the answers of `reads`. */
  open(answers: readonly Answer[]): void;
  /** Those of the payments asked for, as the last `open` found them. */
  holds(): Hold[];
  /** Has somebody who holds no account locked the row of the work's payment? */
  isPaymentLocked(work: Work): boolean;
  /** Decides a work against the book; its rows and its event join the gathering. */
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

export function createGathering(desk: Desk, trade: Trade): Gathering {
  const { outbox, payments, terms } = desk;
  const shelves = [payments, terms, ...trade.shelves];
  const writers = [...shelves, desk.changes, ...trade.writers];
  const settled: TracedSettled[] = [];
  const parked: ParkedRecord[] = [];
  const deadLetters: { topic: string; reason: DeadLetterReason }[] = [];
  let reading = readingOf([]);
  return {
    settled,
    parked,
    deadLetters,
    loadFacts: (works) => loadFacts(desk, works),
    ask(work) {
      const { paymentId } = work.kind.concerns(work.value);
      const facts = paymentId === null ? undefined : desk.paymentFacts.get(paymentId);
      if (facts !== undefined) payments.ask(facts);
      work.kind.ask?.(work.value);
    },
    reads() {
      reading = readingOf(shelves);
      return reading.statements;
    },
    open: (answers) => reading.open(answers),
    holds: () => payments.holds(),
    isPaymentLocked({ kind, value }) {
      const { paymentId } = kind.concerns(value);
      if (paymentId === null || desk.paymentFacts.get(paymentId) === undefined) return false;
      return payments.get(paymentId) === undefined;
    },
    decide(work, book) {
      const { traceparent } = work.record.headers;
      settled.push({ ...work.kind.decide(work, book), traceparent });
    },
    park: (work, blockedAccountId, reason) =>
      void parked.push(parkedRecordOf(work, blockedAccountId, reason)),
    deadLetter(record, why) {
      const { topic, outboxRecord } = deadLetterRecordOf(record, why);
      outbox.add(topic, outboxRecord);
      deadLetters.push({ topic: record.topic, reason: why.reason });
    },
    statements: () => writers.flatMap((writer) => writer.statements()),
    outboxStatements: () => outbox.statements(),
    batchesOf: (answers) => outbox.batchesOf(answers),
    reset() {
      for (const writer of [...writers, outbox]) writer.reset();
      for (const list of [settled, parked, deadLetters]) list.length = 0;
    },
  };
}

async function loadFacts(desk: Desk, works: readonly Work[]): Promise<void> {
  const { wallets, paymentFacts, platform } = desk;
  const currencies = new Set<string>();
  const walletIds = new Set<string>();
  const paymentIds = new Set<string>();
  const opening: Concerns[] = [];
  for (const { kind, value } of works) {
    const concerns = kind.concerns(value);
    for (const id of concerns.walletIds) walletIds.add(id);
    for (const currency of concerns.currencies ?? []) currencies.add(currency);
    if (concerns.paymentId !== null) paymentIds.add(concerns.paymentId);
    if (concerns.opens !== undefined) opening.push(concerns);
  }
  if (paymentIds.size > 0) {
    await paymentFacts.load(paymentIds);
    for (const id of paymentIds) {
      const facts = paymentFacts.get(id);
      if (facts !== undefined) walletIds.add(facts.payerWalletId).add(facts.payeeWalletId);
    }
  }
  await wallets.load(walletIds);
  await platform.load(currencies);
  for (const concerns of opening) await openAccounts(desk, concerns);
}

/** Those that a work needs and its payment's wallets do not have yet: almost always none. */
async function openAccounts(
  { wallets, paymentFacts }: Desk,
  { paymentId, opens }: Concerns,
): Promise<void> {
  const payment = paymentFacts.get(paymentId ?? '');
  if (payment === undefined || opens === undefined) return;
  await wallets.complete([payment.payerWalletId], opens.payer);
  await wallets.complete([payment.payeeWalletId], opens.payee);
}

function parkedRecordOf(
  { kind, value, record, bytes, intent }: Work,
  blockedAccountId: bigint,
  reason: ParkedRecord['reason'],
): ParkedRecord {
  const { topic, partition, offset, timestampMs, key, headers } = record;
  return {
    ...{ intentId: intent.intent_id, orderedAccountId: kind.accounts(value).ordered },
    ...{ blockedAccountId, reason, topic, partition, offset, timestampMs, key, headers },
    value: bytes,
  };
}

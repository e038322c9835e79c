import { createChangeWriter } from '../changes/writer.ts';
import type { Queryable } from '../database/database.ts';
import { readingOf } from '../database/shelf.ts';
import type { Reading } from '../database/shelf.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { createBookStore } from '../ledger/book-store.ts';
import type { Book } from '../ledger/book.ts';
import { createTermsShelf } from '../merchants/terms-shelf.ts';
import { createPaymentFacts } from '../payments/facts.ts';
import { createPaymentShelf } from '../payments/shelf.ts';
import { createWalletFacts } from '../wallets/facts.ts';
import { accountsOfRefund, endRefund, retryRefund } from './decide.ts';
import type { RefundOutcome } from './decide.ts';
import { createRefundShelf } from './shelf.ts';

/** A pending refund that may end now. */
export type Claimed = {
  readonly id: string;
  readonly paymentId: string;
  readonly payerWalletId: string;
  readonly payeeWalletId: string;
  readonly isTooOld: boolean;
};

/** What one transaction of retries reads, decides and writes; reused from one to the next. */
export type RetryRound = {
  /** Loads the facts of what is claimed and asks for its rows. */
  begin(claimed: readonly Claimed[]): Promise<void>;
  /** Locks the accounts that nobody has locked, and reads the rows behind them. */
  reads(): Statement[];
  /** From the answers of `reads`: what becomes of those that are free to be decided. */
  decide(answers: readonly Answer[]): RefundOutcome[];
  /** Writes what was decided. */
  writes(): Statement[];
};

export function createRetryRound({ db }: { db: Queryable }): RetryRound {
  const books = createBookStore();
  const desk = createDesk(db);
  const { payments, refunds, terms, changes } = desk;
  let claimed: readonly Claimed[] = [];
  let reading: Reading = readingOf([]);
  let book: Book | null = null;
  return {
    async begin(given) {
      for (const writer of [payments, refunds, terms, changes]) writer.reset();
      claimed = given;
      await ask(desk, claimed);
    },
    reads() {
      reading = readingOf([payments, refunds, terms]);
      const accounts = new Set(claimed.flatMap((one) => accountsOf(desk, one)));
      return [books.lockFree(accounts), ...reading.statements];
    },
    decide([locked, ...rows]) {
      if (locked === undefined) return [];
      reading.open(rows);
      const open = books.open(locked, payments.holds());
      book = open;
      return claimed.flatMap((one) => decideOne(desk, one, open) ?? []);
    },
    writes: () => [
      ...(book === null ? [] : books.write(book)),
      ...[payments, refunds, changes].flatMap((writer) => writer.statements()),
    ],
  };
}

type Desk = ReturnType<typeof createDesk>;

function createDesk(db: Queryable) {
  return {
    ...{ payments: createPaymentShelf(), refunds: createRefundShelf() },
    terms: createTermsShelf(),
    ...{ wallets: createWalletFacts({ db }), paymentFacts: createPaymentFacts({ db }) },
    changes: createChangeWriter(),
  };
}

async function ask(desk: Desk, claimed: readonly Claimed[]): Promise<void> {
  const { wallets, paymentFacts, payments, refunds, terms } = desk;
  await wallets.load(claimed.flatMap((one) => [one.payerWalletId, one.payeeWalletId]));
  await paymentFacts.load(claimed.map(({ paymentId }) => paymentId));
  for (const { id, paymentId, payeeWalletId } of claimed) {
    const facts = paymentFacts.get(paymentId);
    if (facts !== undefined) payments.ask(facts);
    refunds.ask(id);
    terms.ask(wallets.get(payeeWalletId));
  }
}

function accountsOf({ wallets }: Desk, { payerWalletId, payeeWalletId }: Claimed): bigint[] {
  const payer = wallets.get(payerWalletId);
  const payee = wallets.get(payeeWalletId);
  return payer === undefined || payee === undefined ? [] : accountsOfRefund(payer, payee);
}

/** Null when it ended meanwhile, is still short, or somebody else has locked what it needs. */
function decideOne(desk: Desk, one: Claimed, book: Book): RefundOutcome | null {
  const { payments, refunds, wallets, terms } = desk;
  const refund = refunds.get(one.id);
  const payment = payments.get(one.paymentId);
  const payer = wallets.get(one.payerWalletId);
  const payee = wallets.get(one.payeeWalletId);
  if (payment === undefined || payer === undefined || payee === undefined) return null;
  const isLocked = accountsOf(desk, one).some((id) => book.account(id) === undefined);
  if (isLocked || refund?.status !== 'pending') return null;
  const { refundFee: feePolicy } = terms.get(one.payeeWalletId);
  const outcome =
    retryRefund(refund, { payment, payer, payee, feePolicy, isDisputed: false, book }) ??
    (one.isTooOld ? endRefund(refund, payment, 'failed') : null);
  if (outcome !== null) keep(desk, outcome);
  return outcome;
}

function keep({ payments, refunds, changes }: Desk, { refund, payment }: RefundOutcome): void {
  payments.change(payment);
  refunds.put(refund);
  changes.add({
    ...{ object: 'refund', objectId: refund.id, version: refund.version, from: 'pending' },
    ...{ to: refund.status, actor: 'timer', role: 'system' },
    reason: refund.status === 'succeeded' ? 'credited' : 'waited_too_long',
  });
}

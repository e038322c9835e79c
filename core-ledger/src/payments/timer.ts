import type { ObjectChange } from '../changes/change.ts';
import { caseVersions } from '../cases/case.ts';
import type { CaseFacts } from '../cases/case.ts';
import { createCaseShelf } from '../cases/shelf.ts';
import type { CaseShelf } from '../cases/shelf.ts';
import { createChangeWriter } from '../changes/writer.ts';
import type { ChangeWriter } from '../changes/writer.ts';
import type { Connection, Transaction } from '../database/connection.ts';
import { LedgerFault } from '../database/fault.ts';
import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { accountOf, holdOf } from '../ledger/book-loading.ts';
import { columnsOfAccount } from '../ledger/book-statements.ts';
import { createBookStore } from '../ledger/book-store.ts';
import { createBook } from '../ledger/book.ts';
import { createOutboxWriter } from '../outbox/writer.ts';
import type { OutboxBatch, OutboxRecord } from '../outbox/writer.ts';
import { holdIdsOf, holdOfPayment } from './decide.ts';
import { deadlines, decideTimed, dueConditions } from './timed.ts';
import type { DuePayment, TimedChange, TimedStatus } from './timed.ts';

/** `claimed` payments were looked at; those that were still due are the `changes`. */
export type TimedRun = {
  readonly claimed: number;
  readonly changes: readonly TimedChange[];
  /** The events, committed with the changes. */
  readonly batches: readonly OutboxBatch[];
};

/** Ends payments of a status whose deadline has passed, the oldest first, at most `limit`. */
export type PaymentTimer = (status: TimedStatus, limit: number) => Promise<TimedRun>;

type Told = { topic: string; record: OutboxRecord };

/**
 * One transaction a call; any number of them may run at once. Accounts come first, as everywhere:
 * those that somebody has locked are left for the next call, so it waits for nobody. Payments are
 * read after that, for a capture may have been faster.
 * `tell` makes the events of a change, and of the case that ends with it. Not for calls at the same
 * time: they share the connection.
 * Faults: those of the connection; then nothing changed, or after `commit_unknown` perhaps all.
 */
export function createPaymentTimer(deps: {
  connection: Pick<Connection, 'begin'>;
  tell: (change: TimedChange, review: CaseFacts | undefined) => Told[];
}): PaymentTimer {
  const { connection, tell } = deps;
  const statements = createTimerStatements();
  const books = createBookStore();
  const outbox = createOutboxWriter();
  const history = createChangeWriter();
  const cases = createCaseShelf();

  const change = async (transaction: Transaction, status: TimedStatus): Promise<TimedRun> => {
    const claimed = transaction.answers[0]?.rows ?? [];
    if (claimed.length === 0) {
      await transaction.rollback();
      return nothingDue;
    }
    const [payments, holds] = await transaction.flight([
      statements.readDue(status, claimed),
      books.readHolds(
        claimed.flatMap(([id, at]) => holdIdsOf({ id: id ?? '', acceptedAtMs: Number(at) })),
      ),
    ]);
    const book = createBook({
      accounts: claimed.map((row) => accountOf(row.slice(2))),
      holds: (holds?.rows ?? []).map(holdOf),
    });
    const changes = dueOf(payments, status).flatMap(
      (payment) => decideTimed(payment, holdOfPayment(book, payment), book) ?? [],
    );
    if (changes.length === 0) {
      await transaction.rollback();
      return { ...nothingDue, claimed: claimed.length };
    }
    for (const writer of [cases, outbox, history]) writer.reset();
    if (status === 'in_review') for (const { payment } of changes) cases.ask(payment.id);
    const reads = [statements.update(changes), ...cases.reads()];
    const [updated, ...found] = await transaction.flight(reads);
    if (updated?.rowCount !== changes.length) throw overtaken();
    cases.open(found);
    for (const each of changes) {
      const review = cases.get(each.payment.id);
      noteChange({ cases, history }, each, review);
      for (const { topic, record } of tell(each, review)) outbox.add(topic, record);
    }
    const writes = [...books.write(book), ...cases.statements(), ...history.statements()];
    const answers = await transaction.commit([...writes, ...outbox.statements()]);
    const batches = outbox.batchesOf(answers.slice(writes.length));
    return { claimed: claimed.length, changes, batches };
  };

  return async (status, limit) => {
    const transaction = await connection.begin([statements.claim(status, limit)]);
    try {
      return await change(transaction, status);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
}

/** The history of a change, and the end of the case that ends with it. */
function noteChange(
  { cases, history }: { cases: CaseShelf; history: ChangeWriter },
  change: TimedChange,
  review: CaseFacts | undefined,
): void {
  history.add(historyOf(change));
  if (review === undefined) return;
  cases.close(review, 'expired');
  history.add(endOfReview(review));
}

/** The machine word for why the timer acted. */
const reasons: Readonly<Record<TimedStatus, string>> = {
  authorized: 'authorization_expired',
  in_review: 'review_expired',
};

function historyOf({ payment, status, version }: TimedChange): ObjectChange {
  return {
    ...{ object: 'payment', objectId: payment.id, version, from: payment.status, to: status },
    ...{ actor: 'timer', role: 'system', reason: reasons[payment.status] },
  };
}

function endOfReview({ id }: CaseFacts): ObjectChange {
  return {
    ...{ object: 'fraud_case', objectId: id, version: caseVersions.closed },
    ...{ from: 'open', to: 'expired', actor: 'timer', role: 'system', reason: reasons.in_review },
  };
}

const nothingDue: TimedRun = { claimed: 0, changes: [], batches: [] };

/** Of the timer alone. */
export function createTimerStatements() {
  const updates = createBatchStatement({
    name: 'update_timed_payment',
    // The offset keeps the look-up behind the rows: of a small table a join begins with the table.
    text: `update payment p
      set status = r.status, version = r.version, updated_at = statement_timestamp()
      from $rows as r (id, status, from_status, version)
      cross join lateral (select ctid from payment where id = r.id offset 0) found
      where p.ctid = found.ctid and p.status = r.from_status and p.version = r.version - 1`,
    columns: { id: 'uuid', status: 'text', from_status: 'text', version: 'int4' },
  });
  const readings = { authorized: readingOf('authorized'), in_review: readingOf('in_review') };
  return {
    claim: claimOf,
    readDue(status: TimedStatus, claimed: Answer['rows']): Statement {
      const reading = readings[status];
      reading.reset();
      for (const [id] of claimed) reading.columns.id.add(id ?? '');
      return reading.statement();
    },
    update(changes: readonly TimedChange[]): Statement {
      updates.reset();
      const { id, status, from_status, version } = updates.columns;
      for (const change of changes) {
        id.add(change.payment.id);
        status.add(change.status);
        from_status.add(change.payment.status);
        version.add(change.version);
      }
      return updates.statement();
    },
  };
}

/** Locks the accounts of what is due. Waits for nobody, and so may lock in the order of time. */
function claimOf(status: TimedStatus, limit: number): Statement {
  return {
    name: `claim_due_${status}`,
    text: `select p.id, floor(extract(epoch from p.accepted_at) * 1000), ${columnsOfAccount}
      from payment p join account a
        on a.wallet_id = p.payer_wallet_id and a.kind in ('customer', 'merchant_available')
      where ${dueConditions[status]}
      order by ${status === 'in_review' ? 'p.updated_at' : deadlines[status]}
      limit $1 for update of a skip locked`,
    values: [limit],
  };
}

function readingOf(status: TimedStatus) {
  return createBatchStatement({
    name: `read_due_${status}`,
    text: `select p.id, p.version, p.payer_wallet_id, p.payee_wallet_id, p.payer_id, p.payee_id,
        p.amount_minor, p.fee_minor, p.captured_minor, p.currency,
        floor(extract(epoch from p.accepted_at) * 1000)
      from payment p where p.id = any($1::uuid[]) and ${dueConditions[status]}
      for update skip locked`,
    columns: { id: 'uuid' },
  });
}

function dueOf(answer: Answer | undefined, status: TimedStatus): DuePayment[] {
  return (answer?.rows ?? []).map((row) => {
    const [id, version, payerWalletId, payeeWalletId, payerId, payeeId, ...rest] = row;
    const [amountMinor, feeMinor, capturedMinor, currency, acceptedAt] = rest;
    return {
      ...{ id: id ?? '', status, version: Number(version) },
      ...{ payerWalletId: payerWalletId ?? '', payeeWalletId: payeeWalletId ?? '' },
      ...{ payerId: payerId ?? '', payeeId: payeeId ?? '', currency: currency ?? '' },
      amountMinor: BigInt(amountMinor ?? ''),
      feeMinor: BigInt(feeMinor ?? ''),
      capturedMinor: BigInt(capturedMinor ?? ''),
      acceptedAtMs: Number(acceptedAt),
    };
  });
}

function overtaken(): LedgerFault {
  const message = 'a payment changed though its row was locked: nothing was written';
  return new LedgerFault('timer_overtaken', message, { retriable: true });
}

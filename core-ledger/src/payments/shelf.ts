import { createBatchStatement } from '../database/statements.ts';
import type { Shelf } from '../database/shelf.ts';
import { holdOf } from '../ledger/book-loading.ts';
import type { Hold } from '../ledger/book-state.ts';
import { createBookStore } from '../ledger/book-store.ts';
import { holdIdsOf } from './decide.ts';
import type { PaymentFacts } from './facts.ts';
import type { PaymentStatus } from './payment.ts';

/** A payment as its locked row has it; amounts in minor units. */
export type LockedPayment = PaymentFacts & {
  readonly status: PaymentStatus;
  /** Rises by one with each change that its parties are told of. */
  readonly version: number;
  readonly feeMinor: bigint;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
  /** Of refunds that are still pending. */
  readonly refundingMinor: bigint;
  /** Of disputes open or lost. */
  readonly disputedMinor: bigint;
  /** Seconds from the moment of writing; set where a payment becomes authorized, else absent. */
  readonly authorizationExpiresInSeconds?: number;
};

/**
 * The payments of a batch, each locked, read and written once. Accounts are locked before: whoever
 * changes a payment holds its payer's account, so that nobody waits for a row here.
 */
export type PaymentShelf = Shelf & {
  /** Wants the payment and its holds. */
  ask(facts: PaymentFacts): void;
  /** As the last change left it; undefined where somebody else has locked the row. */
  get(paymentId: string): LockedPayment | undefined;
  /** Of all payments asked for, as they were read; the book changes them. */
  holds(): Hold[];
  change(payment: LockedPayment): void;
};

export function createPaymentShelf(): PaymentShelf {
  const { locks, updates } = shelfStatements();
  const books = createBookStore();
  const asked = new Map<string, PaymentFacts>();
  const rows = new Map<string, LockedPayment>();
  const changed = new Set<string>();
  let holds: Hold[] = [];
  return {
    reset() {
      for (const kept of [asked, rows, changed]) kept.clear();
      holds = [];
    },
    ask: (facts) => void asked.set(facts.id, facts),
    reads() {
      if (asked.size === 0) return [];
      locks.reset();
      for (const id of asked.keys()) locks.columns.id.add(id);
      const holdIds = [...asked.values()].flatMap(holdIdsOf);
      return [locks.statement(), books.readHolds(holdIds)];
    },
    open([locked, held]) {
      for (const row of locked?.rows ?? []) {
        const facts = asked.get(row[0] ?? '');
        if (facts !== undefined) rows.set(facts.id, lockedOf(facts, row));
      }
      holds = (held?.rows ?? []).map(holdOf);
    },
    get: (paymentId) => rows.get(paymentId),
    holds: () => holds,
    change(payment) {
      rows.set(payment.id, payment);
      changed.add(payment.id);
    },
    statements() {
      if (changed.size === 0) return [];
      updates.reset();
      for (const id of changed) {
        const payment = rows.get(id);
        if (payment !== undefined) addUpdate(updates.columns, payment);
      }
      return [updates.statement()];
    },
  };
}

function shelfStatements() {
  const locks = createBatchStatement({
    name: 'lock_payments',
    text: `select id, status, version, fee_minor, captured_minor, refunded_minor, refunding_minor,
        disputed_minor
      from payment where id = any($1::uuid[]) order by id for update skip locked`,
    columns: { id: 'uuid' },
  });
  const updates = createBatchStatement({
    name: 'update_payment',
    // The offset keeps the look-up behind the rows: of a small table a join begins with the table.
    text: `update payment p set status = r.status, version = r.version, fee_minor = r.fee_minor,
        captured_minor = r.captured_minor, refunded_minor = r.refunded_minor,
        refunding_minor = r.refunding_minor, disputed_minor = r.disputed_minor,
        captured_at = case when r.captured_minor > p.captured_minor then statement_timestamp()
          else p.captured_at end,
        authorization_expires_at = coalesce(
          statement_timestamp() + make_interval(secs => r.expires_in), p.authorization_expires_at),
        updated_at = statement_timestamp()
      from $rows as r (id, status, version, fee_minor, captured_minor, refunded_minor,
        refunding_minor, disputed_minor, expires_in)
      cross join lateral (select ctid from payment where id = r.id offset 0) found
      where p.ctid = found.ctid`,
    columns: {
      ...{ id: 'uuid', status: 'text', version: 'int4', fee_minor: 'int8' },
      ...{ captured_minor: 'int8', refunded_minor: 'int8', refunding_minor: 'int8' },
      ...{ disputed_minor: 'int8', expires_in: 'int4' },
    },
  });
  return { locks, updates };
}

type Updates = ReturnType<typeof shelfStatements>['updates']['columns'];

function addUpdate(columns: Updates, payment: LockedPayment): void {
  columns.id.add(payment.id);
  columns.status.add(payment.status);
  columns.version.add(payment.version);
  columns.fee_minor.add(payment.feeMinor);
  columns.captured_minor.add(payment.capturedMinor);
  columns.refunded_minor.add(payment.refundedMinor);
  columns.refunding_minor.add(payment.refundingMinor);
  columns.disputed_minor.add(payment.disputedMinor);
  columns.expires_in.add(payment.authorizationExpiresInSeconds ?? null);
}

function lockedOf(facts: PaymentFacts, row: readonly (string | null)[]): LockedPayment {
  const [, status, version, fee, captured, refunded, refunding, disputed] = row;
  return {
    ...facts,
    status: status as PaymentStatus,
    version: Number(version),
    feeMinor: BigInt(fee ?? ''),
    capturedMinor: BigInt(captured ?? ''),
    refundedMinor: BigInt(refunded ?? ''),
    refundingMinor: BigInt(refunding ?? ''),
    disputedMinor: BigInt(disputed ?? ''),
  };
}

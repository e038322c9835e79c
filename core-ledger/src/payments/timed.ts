import type { Hold } from '../ledger/book-state.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import { reviewSeconds } from './decide.ts';
import type { PaymentEventName, PaymentStatus } from './payment.ts';

/** What a timer ends when nobody else has: each has its deadline. */
export type TimedStatus = 'authorized' | 'in_review';

/** When a payment `p` is due, as SQL; the database's clock is the only one that counts. */
export const deadlines: Readonly<Record<TimedStatus, string>> = {
  authorized: 'p.authorization_expires_at',
  in_review: `(p.updated_at + interval '${reviewSeconds} seconds')`,
};

/** The same as a condition that an index answers. */
export const dueConditions: Readonly<Record<TimedStatus, string>> = {
  authorized: `p.status = 'authorized' and p.authorization_expires_at <= statement_timestamp()`,
  in_review: `p.status = 'in_review'
    and p.updated_at <= statement_timestamp() - interval '${reviewSeconds} seconds'`,
};

/** A payment whose deadline has passed, read while its payer's account was locked. */
export type DuePayment = {
  readonly id: string;
  readonly status: TimedStatus;
  readonly version: number;
  readonly payerWalletId: string;
  readonly payeeWalletId: string;
  readonly payerId: string;
  readonly payeeId: string;
  readonly amountMinor: bigint;
  readonly feeMinor: bigint;
  readonly capturedMinor: bigint;
  readonly currency: string;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
};

/** What the timer makes of a payment. */
export type TimedChange = {
  readonly payment: DuePayment;
  readonly status: PaymentStatus;
  readonly version: number;
  readonly event: PaymentEventName;
};

/**
 * Decides what becomes of a payment whose time is over, and gives back what its hold still sets
 * aside. Null when the money is not as the status says: then a person must look, and the payment
 * stays overdue for all to see.
 */
export function decideTimed(
  payment: DuePayment,
  hold: Hold | undefined,
  book: Book,
): TimedChange | null {
  if (hold === undefined || !release(payment, hold, book)) return null;
  return { payment, version: payment.version + 1, ...endOf(payment) };
}

/** What was captured of an authorization stays so. */
function endOf({ status, capturedMinor }: DuePayment): Pick<TimedChange, 'status' | 'event'> {
  if (status === 'in_review') return { status: 'rejected', event: 'payment.rejected' };
  if (capturedMinor > 0n) return { status: 'captured', event: 'payment.released' };
  return { status: 'expired', event: 'payment.expired' };
}

/** Is the hold's money free, now or since the ledger's own expiry came round to it? */
function release(payment: DuePayment, hold: Hold, book: Book): boolean {
  if (hold.state !== 'open') return hold.state !== 'captured';
  if (book.expire(hold.id)) return true;
  const id = deriveId(payment.acceptedAtMs, payment.id, 'release');
  return book.post({ type: 'void', id, holdId: hold.id }).ok;
}

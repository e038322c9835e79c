import type { PaymentView } from '@wallet/core-ledger';
import type { PaymentIntent } from '@wallet/schemas';
import type { Caller } from '../http/call.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import type { Payment } from '../payments/payment.ts';
import type { PaymentReads } from '../payments/payment-reads.ts';
import { refuse, type Refusal } from '../problems.ts';
import { isStaff } from './refund.ts';

/** A payment whose refunds the caller may know of; one that is not decided yet has none. */
export async function findRefundable(
  deps: Pick<PaymentReads, 'readPayment'> & {
    payments: IntentKind<PaymentIntent, Payment>;
    show: Show;
  },
  caller: Caller,
  paymentId: string,
): Promise<PaymentView | Refusal> {
  const { readPayment, payments, show } = deps;
  const payment = await readPayment(paymentId.toLowerCase());
  if (payment !== undefined) {
    const parties = [payment.payerId, payment.payeeId];
    return isStaff(caller) || parties.includes(caller.userId) ? payment : refuse('not_found');
  }
  const shown = await show(caller, payments, paymentId);
  if ('problem' in shown) return shown;
  const { status } = shown.body as Payment;
  return refuse('invalid_state', { extensions: { payment_status: status } });
}

/** As far as committed state tells; the ledger asks again under the payment's lock. */
export async function objectionToRefund(
  { readRefundability }: Pick<PaymentReads, 'readRefundability'>,
  payment: PaymentView,
  amountMinor: number | undefined,
): Promise<Refusal | null> {
  if (payment.capturedMinor === 0n) {
    return refuse('invalid_state', { extensions: { payment_status: payment.status } });
  }
  const now = await readRefundability(payment.id);
  if (now === undefined) return null;
  if (now.isDisputed) return refuse('payment_disputed');
  const { remainingMinor } = now;
  if (remainingMinor > 0n && BigInt(amountMinor ?? 0) <= remainingMinor) return null;
  const extensions = { remaining_minor: Number(remainingMinor) };
  return refuse('refund_exceeds_remaining', { extensions });
}

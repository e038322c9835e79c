import type { HttpAnswer } from '../support/http-client.ts';
import type { ActKind, Order, WalletRef } from './behaviour.ts';
import { asHttp, isAccepted, isProblem, type Desk } from './desk.ts';
import { textOf, updatePayment, type ToldPayment } from './told.ts';

/** Acts that move money when all goes well. */
export type Paying = {
  pay(
    kind: ActKind,
    order: Order,
    key: string,
    waitSeconds: number | null,
  ): Promise<HttpAnswer | null>;
  /** The same request twice at once: one payment, whoever wins. */
  doubleClick(order: Order, key: string): Promise<void>;
  topUp(ref: WalletRef, amountMinor: number, key: string): Promise<void>;
};

export function createPaying(desk: Desk): Paying {
  const { told, town } = desk;

  /** Takes an accepted payment into the books. */
  const note = (answer: HttpAnswer, order: Order): string => {
    const view = answer.json ?? {};
    const id = textOf(view, 'id');
    const payment: ToldPayment = told.payments.get(id) ?? {
      ...desk.termsOf(order),
      id,
      capture: order.capture,
      status: 'received',
      failureCode: null,
      feeMinor: null,
      ...{ capturedMinor: 0n, refundedMinor: 0n },
      acceptedAtMs: null,
      finalAtMs: null,
    };
    updatePayment(payment, view);
    told.payments.set(id, payment);
    return id;
  };

  const pay: Paying['pay'] = async (kind, order, key, waitSeconds) => {
    const { owner } = town.enrolledOf(order.payer);
    const request = asHttp(await desk.requestOf(order, key, owner), waitSeconds);
    const answer = await desk.send(kind, request);
    if (answer === null) told.unknown.push({ ...desk.termsOf(order), key });
    else if (isAccepted(answer, waitSeconds)) {
      const { status, text } = answer;
      const first = waitSeconds === null ? { status, text } : null;
      desk.acknowledged.push({ id: note(answer, order), order, request, first });
    } else if (!isProblem(answer, 409, 'insufficient_funds')) {
      desk.complain(kind, key, 'a payment accepted', answer);
    }
    return answer;
  };

  return {
    pay,
    async doubleClick(order, key) {
      const answers = await Promise.all([
        pay('double_click', order, key, null),
        pay('double_click', order, key, null),
      ]);
      const [first, second] = answers;
      if (first === null || second === null || first === undefined || second === undefined) return;
      if (first.json?.['id'] === second.json?.['id']) return;
      desk.complain('double_click', key, `one id, ${String(first.json?.['id'])}`, second);
    },
    async topUp(ref, amountMinor, key) {
      const { walletId, owner } = town.enrolledOf(ref);
      const { currency } = desk;
      const body = { wallet_id: walletId, amount_minor: amountMinor, currency, reference: key };
      const answer = await desk.send('top_up', {
        method: 'POST',
        path: '/top-ups',
        headers: {
          authorization: await desk.bearerOf(owner),
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
      });
      const amount = BigInt(amountMinor);
      if (answer === null) told.unknownMoves.push({ walletId, amountMinor: amount });
      else if (answer.status !== 202) desk.complain('top_up', key, '202', answer);
      else {
        const id = textOf(answer.json ?? {}, 'id');
        const status = textOf(answer.json ?? {}, 'status');
        told.topUps.set(id, { id, walletId, amountMinor: amount, status });
      }
    },
  };
}

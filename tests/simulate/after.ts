import type { AfterKind } from './behaviour.ts';
import { isProblem, type Acknowledged, type Desk } from './desk.ts';
import { textOf, updateAct } from './told.ts';

/** Acts on payments that were made before. */
export type After = {
  act(
    act: { kind: AfterKind; rank: number; share: number; final: boolean },
    key: string,
  ): Promise<void>;
};

/** What the ledger's state may answer: another act may have been there before. */
const refusals: Readonly<Record<AfterKind, readonly string[]>> = {
  capture: ['invalid_state', 'authorization_expired', 'capture_exceeds_authorization'],
  cancel: ['invalid_state'],
  refund: ['invalid_state', 'refund_exceeds_remaining', 'payment_disputed'],
};

export function createAfter(desk: Desk): After {
  const { told, town } = desk;

  /** From there on the next one that is captured by hand; refunds take any. */
  const pick = (kind: AfterKind, rank: number): Acknowledged | undefined => {
    const { acknowledged } = desk;
    if (kind === 'refund') return desk.pickAcknowledged(rank);
    const from = Math.floor(rank * acknowledged.length);
    const isManual = ({ order }: Acknowledged): boolean => order.capture === 'manual';
    return acknowledged.slice(from, from + 200).find(isManual);
  };

  return {
    async act({ kind, rank, share, final }, key) {
      const earlier = pick(kind, rank);
      if (earlier === undefined) return;
      const { id: paymentId, order } = earlier;
      const by = town.enrolledOf(kind === 'cancel' ? order.payer : order.payee);
      const amountMinor = Math.max(1, Math.floor(order.amountMinor * share));
      const answer = await desk.send(kind, {
        method: 'POST',
        path: kind === 'refund' ? '/refunds' : `/payments/${paymentId}/${kind}`,
        headers: {
          authorization: await desk.bearerOf(by.owner),
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify(bodyOf(kind, { paymentId, amountMinor, final })),
      });
      if (answer === null) told.unsure.add(paymentId);
      else if (answer.status === 202) {
        const view = answer.json ?? {};
        const id = textOf(view, 'id');
        const amount = kind === 'cancel' ? 0n : BigInt(amountMinor);
        const whose = { paymentId, by: by.owner, amountMinor: amount };
        const act = { id, kind, ...whose, status: 'pending', isShort: false };
        updateAct(act, view);
        told.acts.set(id, act);
      } else if (!refusals[kind].some((code) => isProblem(answer, 409, code))) {
        desk.complain(kind, paymentId, '202, or refused for its state', answer);
      }
    },
  };
}

function bodyOf(
  kind: AfterKind,
  { paymentId, amountMinor, final }: { paymentId: string; amountMinor: number; final: boolean },
): object {
  switch (kind) {
    case 'capture':
      return { amount_minor: amountMinor, final };
    case 'cancel':
      return { reason: 'changed my mind' };
    case 'refund':
      return { payment_id: paymentId, amount_minor: amountMinor, reason: 'did not fit' };
  }
}

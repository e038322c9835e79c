import type { HttpAnswer } from '../support/http-client.ts';
import type { ActKind } from './behaviour.ts';
import { isProblem, type Desk } from './desk.ts';
import type { Owner } from './sessions.ts';
import type { Staff } from './staff.ts';
import { textOf, updateAct, type ToldAct } from './told.ts';

/** Money that leaves for a bank, what staff decide (reviews and disputes), and tickets. */
export type Cases = {
  withdraw(
    act: { customer: number; amountMinor: number; rank: number },
    key: string,
  ): Promise<void>;
  dispute(rank: number, share: number, key: string): Promise<void>;
  decide(rank: number, share: number, key: string): Promise<void>;
  review(rank: number, share: number, key: string): Promise<void>;
  /** A payer asks customer service about a payment. */
  ask(rank: number, key: string): Promise<void>;
};

/** What the ledger's state may answer. */
const disputeRefusals = [
  ...['payment_not_captured', 'already_refunded', 'already_disputed'],
  'dispute_exceeds_remaining',
];
const decisionRefusals = ['invalid_state', 'same_person'];
/** Of ten withdrawals one comes back. */
const returnedShare = 0.1;

/** @param staff null: nobody decides */
export function createCases(desk: Desk, staff: Staff | null): Cases {
  const { told, town, currency } = desk;

  const post = async (kind: ActKind, by: Owner, path: string, body: object, key: string) =>
    desk.send(kind, {
      ...{ method: 'POST', path, body: JSON.stringify(body) },
      headers: {
        authorization: await desk.bearerOf(by),
        'content-type': 'application/json',
        'idempotency-key': key,
      },
    });
  const note = (answer: HttpAnswer | null, act: Pick<ToldAct, 'kind' | 'paymentId' | 'by'>) => {
    if (answer === null) told.unsure.add(act.paymentId);
    else if (answer.status === 202) {
      const view = answer.json ?? {};
      const id = textOf(view, 'id');
      const whole = { ...act, id, amountMinor: 0n, status: 'pending', isShort: false };
      updateAct(whole, view);
      told.acts.set(id, whole);
    } else if (!decisionRefusals.some((code) => isProblem(answer, 409, code))) {
      desk.complain(act.kind, act.paymentId, '202, or refused for its state', answer);
    }
  };

  return {
    async withdraw({ customer, amountMinor, rank }, key) {
      const { walletId, owner } = town.enrolledOf({ kind: 'customer', index: customer });
      const destination = rank < returnedShare ? 'return to sender' : 'bank-7';
      const body = { wallet_id: walletId, amount_minor: amountMinor, currency, destination };
      const answer = await post('withdrawal', owner, '/withdrawals', body, key);
      if (answer === null) told.unknownMoves.push({ walletId, amountMinor: -BigInt(amountMinor) });
      else if (answer.status === 202) {
        const id = textOf(answer.json ?? {}, 'id');
        const status = textOf(answer.json ?? {}, 'status');
        told.withdrawals.set(id, { id, walletId, amountMinor: BigInt(amountMinor), status });
      } else if (!isProblem(answer, 409, 'insufficient_funds')) {
        desk.complain('withdrawal', key, '202, or too little money', answer);
      }
    },
    async dispute(rank, share, key) {
      const earlier = desk.pickAcknowledged(rank);
      if (earlier === undefined) return;
      const { id: paymentId, order } = earlier;
      const { owner: by } = town.enrolledOf(order.payer);
      const amount_minor = Math.max(1, Math.floor(order.amountMinor * share));
      const asked = { payment_id: paymentId, reason: 'not_received', description: 'Never came.' };
      const answer = await post('dispute', by, '/disputes', { ...asked, amount_minor }, key);
      if (answer === null) told.unsure.add(paymentId);
      else if (answer.status === 202) {
        const id = textOf(answer.json ?? {}, 'id');
        told.disputes.set(id, { id, paymentId, by, status: textOf(answer.json ?? {}, 'status') });
      } else if (
        // What was accepted a moment ago the ledger may not have decided yet.
        !isProblem(answer, 404, 'payment_not_found') &&
        !disputeRefusals.some((code) => isProblem(answer, 409, code))
      ) {
        desk.complain('dispute', paymentId, '202, or refused for its state', answer);
      }
    },
    async decide(rank, share, key) {
      const open = [...told.disputes.values()];
      const dispute = open[Math.floor(rank * open.length)];
      if (staff === null || dispute === undefined) return;
      const { id, paymentId } = dispute;
      const body = { outcome: share < 0.5 ? 'won' : 'lost', reason: 'as the evidence says' };
      const by = staff.operator;
      const answer = await post('decision', by, `/disputes/${id}/decision`, body, key);
      // One that the ledger has not opened yet.
      if (answer !== null && isProblem(answer, 404, 'not_found')) return;
      note(answer, { kind: 'decision', paymentId, by });
    },
    async ask(rank, key) {
      const earlier = desk.pickAcknowledged(rank);
      if (earlier === undefined) return;
      const { owner: by } = town.enrolledOf(earlier.order.payer);
      const links = [{ kind: 'payment', id: earlier.id }];
      const body = { subject: 'Where is it?', body: 'The shop says that nothing came.', links };
      const answer = await post('ticket', by, '/tickets', body, key);
      if (answer?.status === 202) {
        const view = answer.json ?? {};
        const id = textOf(view, 'id');
        told.tickets.set(id, { id, by, status: textOf(view, 'status') });
      } else if (answer !== null && !isProblem(answer, 404, 'link_not_found')) {
        // What was accepted a moment ago the ledger may not have decided yet.
        desk.complain('ticket', earlier.id, '202', answer);
      }
    },
    async review(rank, share, key) {
      if (staff === null) return;
      const by = staff.analyst;
      const page = await desk.send('review', {
        ...{ method: 'GET', path: '/fraud/cases?status=open&limit=100' },
        headers: { authorization: await desk.bearerOf(by) },
      });
      const cases = (page?.json?.['data'] ?? []) as { id: string; payment_id: string }[];
      // Others may play on the same system.
      const ours = cases.filter(({ payment_id: id }) => told.payments.has(id));
      const found = ours[Math.floor(rank * ours.length)];
      if (found === undefined) return;
      const kind = share < 0.5 ? 'approve' : 'reject';
      const path = `/fraud/cases/${found.id}/${kind}`;
      const answer = await post('review', by, path, { reason: 'looked at' }, key);
      note(answer, { kind, paymentId: found.payment_id, by });
    },
  };
}

import { badRequests, type BadRequestName } from './bad-requests.ts';
import type { Order } from './behaviour.ts';
import { asHttp, isAccepted, isProblem, type Desk } from './desk.ts';

/** Acts that must move nothing: repeats, glances, trespass and nonsense. */
export type Probing = {
  /** Same key, same body: the first answer comes again. */
  repeat(rank: number, waitSeconds: number | null): Promise<void>;
  /** Same key, other body: refused. */
  alteredRepeat(rank: number): Promise<void>;
  look(kind: 'look' | 'foreign_look', rank: number): Promise<void>;
  /** Paying from somebody else's wallet: as if it did not exist. */
  payFromForeign(order: Order, key: string): Promise<void>;
  sendBad(fault: BadRequestName, order: Order, key: string): Promise<void>;
};

export function createProbing(desk: Desk): Probing {
  const { town } = desk;
  return {
    async repeat(rank, waitSeconds) {
      const earlier = desk.pickAcknowledged(rank);
      if (earlier === undefined) return;
      const headers = { ...earlier.request.headers };
      delete headers['prefer'];
      headers['authorization'] = await desk.bearerOf(town.enrolledOf(earlier.order.payer).owner);
      if (waitSeconds !== null) headers['prefer'] = `wait=${waitSeconds}`;
      const answer = await desk.send('repeat', { ...earlier.request, headers });
      if (answer === null) return;
      const mustBeFirst = waitSeconds === null && earlier.first !== null;
      const isSame =
        isAccepted(answer, waitSeconds) &&
        answer.json?.['id'] === earlier.id &&
        answer.headers['idempotency-replayed'] === 'true' &&
        (!mustBeFirst || answer.text === earlier.first?.text);
      if (isSame) return;
      const replayed = String(answer.headers['idempotency-replayed']);
      const expected = `the first answer ${earlier.first?.text ?? ''} (replayed: ${replayed})`;
      desk.complain('repeat', earlier.id, expected, answer);
    },
    async alteredRepeat(rank) {
      const earlier = desk.pickAcknowledged(rank);
      if (earlier === undefined) return;
      const { owner } = town.enrolledOf(earlier.order.payer);
      const key = earlier.request.headers['idempotency-key'] ?? '';
      const altered = { ...earlier.order, amountMinor: earlier.order.amountMinor + 1 };
      const request = asHttp(await desk.requestOf(altered, key, owner), null);
      const answer = await desk.send('altered_repeat', request);
      if (answer === null || isProblem(answer, 422, 'idempotency_key_reused')) return;
      desk.complain('altered_repeat', earlier.id, '422 idempotency_key_reused', answer);
    },
    async look(kind, rank) {
      const earlier = desk.pickAcknowledged(rank);
      if (earlier === undefined) return;
      const payer = town.enrolledOf(earlier.order.payer);
      const by = kind === 'look' ? payer : desk.strangerTo(earlier.order);
      if (by === undefined) return;
      const answer = await desk.send(kind, {
        method: 'GET',
        path: `/payments/${earlier.id}`,
        headers: { authorization: await desk.bearerOf(by.owner) },
      });
      if (answer === null) return;
      const seesIt = answer.status === 200 && answer.json?.['id'] === earlier.id;
      if (kind === 'look' ? seesIt : answer.status === 404) return;
      desk.complain(kind, earlier.id, kind === 'look' ? '200 and the payment' : '404', answer);
    },
    async payFromForeign(order, key) {
      const stranger = desk.strangerTo(order);
      if (stranger === undefined) return;
      const request = asHttp(await desk.requestOf(order, key, stranger.owner), null);
      const answer = await desk.send('foreign_wallet', request);
      if (answer === null || isProblem(answer, 404, 'wallet_not_found')) return;
      desk.complain('foreign_wallet', key, '404 wallet_not_found', answer);
    },
    async sendBad(fault, order, key) {
      const { status, code, spoil } = badRequests[fault];
      const { owner } = town.enrolledOf(order.payer);
      const request = asHttp(spoil(await desk.requestOf(order, key, owner)), null);
      const answer = await desk.send('bad_request', request);
      if (answer === null || isProblem(answer, status, code)) return;
      desk.complain(`bad_request ${fault}`, key, `${status} ${code ?? ''}`, answer);
    },
  };
}

import { randomUUID } from 'node:crypto';
import type { HttpAnswer } from '../support/http-client.ts';
import { eachAtMost } from './concurrency.ts';
import { isProblem, type Desk } from './desk.ts';
import type { Owner } from './sessions.ts';
import type { Staff } from './staff.ts';
import { textOf, updateSettlement } from './told.ts';

/** Money that leaves for merchants' banks: two operators, and what the bank says. */
export type Payouts = {
  /** Most merchants clear at once, or a day would end before anything may be paid out. */
  arrange(): Promise<void>;
  /** @param share 0 < x ≤ 1: how it goes on */
  payOut(act: { merchant: number; share: number }, key: string): Promise<void>;
};

type Asked = { by: Owner; path: string; body: object; key: string };

const csvHeader = 'bank_reference,direction,amount_minor,currency,reference';
/** Another act may have been there before; and who was paid out may have had to give back since. */
const refusals = ['invalid_state', 'insufficient_funds'];

/** @param staff null: nobody is paid out */
export function createPayouts(desk: Desk, staff: Staff | null): Payouts {
  const { told, town, currency } = desk;

  const post = async ({ by, path, body, key }: Asked): Promise<HttpAnswer | null> =>
    desk.send('payout', {
      ...{ method: 'POST', path, body: JSON.stringify(body) },
      headers: {
        authorization: await desk.bearerOf(by),
        ...{ 'content-type': 'application/json', 'idempotency-key': key, prefer: 'wait=10' },
      },
    });

  /** Did it happen? What became of it in the end the settlement itself tells. */
  const isDone = (id: string, answer: HttpAnswer | null): boolean => {
    if (answer === null || answer.status === 202) return false;
    if (answer.status === 200) return answer.json?.['status'] === 'succeeded';
    if (!refusals.some((code) => isProblem(answer, 409, code))) {
      desk.complain('payout', id, '200, or refused for its state', answer);
    }
    return false;
  };

  /** What the bank says: by its statement, or as an operator has heard it. */
  const hear = async (id: string, operator: Owner, share: number, key: string): Promise<void> => {
    const settlement = told.settlements.get(id);
    if (settlement === undefined) return;
    const say = (to: string, step: string): Promise<HttpAnswer | null> => {
      const body = { to, reason: 'the bank says so' };
      return post({
        ...{ by: operator, path: `/settlements/${id}/transitions`, body, key: `${key}-${step}` },
      });
    };
    if (share < 0.3) {
      const reference = id.replaceAll('-', '');
      const line = `${randomUUID()},debit,${settlement.netMinor},${currency},${reference}`;
      const body = { format: 'csv', content: `${csvHeader}\r\n${line}\r\n` };
      const asked = { by: operator, path: '/bank-statements', body, key: `${key}-told` };
      isDone(id, await post(asked));
    } else if (share < 0.4) isDone(id, await say('failed', 'failed'));
    else if (isDone(id, await say('settled', 'settled')) && share < 0.6) {
      isDone(id, await say('returned', 'returned'));
    }
  };

  return {
    async arrange() {
      if (staff === null) return;
      const merchants = town.everybody.filter(({ kind }) => kind === 'merchant');
      const authorization = await desk.bearerOf(staff.operator);
      await eachAtMost(
        4,
        merchants.filter((_, index) => index % 4 !== 0),
        async ({ walletId }) => {
          const answer = await desk.send('payout', {
            ...{ method: 'PUT', path: `/merchants/${walletId}/settlement-settings` },
            headers: { authorization, 'content-type': 'application/json' },
            body: JSON.stringify({
              ...{ mode: 'net_deferred', clearing_seconds: 0, destination: 'bank-7' },
            }),
          });
          if (answer?.status !== 200)
            throw new Error(`no settings: ${answer?.text ?? 'no answer'}`);
        },
      );
    },
    async payOut({ merchant, share }, key) {
      if (staff === null) return;
      const { operator, approver } = staff;
      const { walletId } = town.enrolledOf({ kind: 'merchant', index: merchant });
      const body = { merchant_wallet_id: walletId, currency, reason: 'the day' };
      const asked = await post({ by: operator, path: '/settlements', body, key });
      // Nothing has moved before somebody approves it.
      if (asked === null) return;
      if (asked.status !== 200 && asked.status !== 202) {
        desk.complain('payout', walletId, '200 or 202', asked);
        return;
      }
      const id = textOf(asked.json ?? {}, 'id');
      updateSettlement(told, { id, walletId, by: operator }, asked.json ?? {});
      if (told.settlements.get(id)?.status !== 'pending_approval') return;
      const approval = { by: approver, path: `/settlements/${id}/approve`, body: {} };
      const isSent = share > 0.1 && isDone(id, await post({ ...approval, key: `${key}-approve` }));
      if (isSent) await hear(id, operator, share, key);
      else {
        const abort = { to: 'aborted', reason: 'not today' };
        const path = `/settlements/${id}/transitions`;
        isDone(id, await post({ by: operator, path, body: abort, key: `${key}-abort` }));
      }
    },
  };
}

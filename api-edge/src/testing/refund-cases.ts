import { randomUUID } from 'node:crypto';
import { decidedInBetween, type Cases, type Ways } from './ways.ts';

/** How the statuses of the refunds' operations come about, for the tests of the contract. */
export function createRefundCases(deps: Cases) {
  const { db, world, send } = deps;

  /** A refund of the world's captured payment, as the ledger has it. */
  const insert = async (status: string, id: string = randomUUID()): Promise<string> => {
    const { payer, payee, ids } = world();
    await db.knex('refund').insert({
      ...{ id, payment_id: ids['/payments/{id}'], payer_wallet_id: payer.walletId },
      ...{ payee_wallet_id: payee.walletId, payer_id: payer.id, payee_id: payee.id },
      ...{ actor_id: payee.id, amount_minor: 5, asked_minor: 5, accepted_at: new Date() },
      ...{ version: 1, status, currency: 'USD', reason: 'broken' },
    });
    return id;
  };

  const refund = 'post /refunds';
  const cancel = 'post /refunds/{id}/cancel';
  const json = (change: object): object => ({
    ...{ payment_id: world().ids['/payments/{id}'], amount_minor: 5, reason: 'broken' },
    ...change,
  });
  return {
    /** Ids for the paths of refunds. */
    ids: async () => ({
      '/refunds/{id}': await insert('succeeded'),
      '/refunds/{id}/cancel': await insert('pending'),
    }),
    apart: {
      [`${refund} 200`]: async () => {
        const key = randomUUID();
        const accepted = await send(refund, { key });
        await insert('succeeded', accepted.body.id as string);
        return (await send(refund, { key, prefer: 'wait=5' })).status;
      },
      [`${refund} 404`]: async () =>
        (await send(refund, { json: json({ payment_id: randomUUID() }) })).status,
      [`${refund} 409`]: async () => {
        const { status, body } = await send(refund, { json: json({ amount_minor: 1_000_000 }) });
        return body.code === 'refund_exceeds_remaining' ? status : 0;
      },
      [`${cancel} 200`]: () => decidedInBetween(deps, cancel, 'refund'),
      [`${cancel} 409`]: async () => {
        const path = `/refunds/${world().ids['/refunds/{id}'] ?? ''}/cancel`;
        return (await send(cancel, { path })).status;
      },
    } satisfies Ways,
  };
}

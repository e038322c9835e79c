import { randomUUID } from 'node:crypto';
import type { Sample, World } from './samples.ts';
import { decidedInBetween, keyInUse, type Cases, type Ways } from './ways.ts';

const reason = { reason: 'a sample' };
const csv = 'bank_reference,direction,amount_minor,currency,reference\r\nb-1,debit,5,USD,\r\n';

/** A good request for each operation of settlements. */
export function settlementSamples(): Record<string, (world: World) => Omit<Sample, 'path'>> {
  const byPayee = () => (world: World) => ({ token: world.payee.token });
  const byOperator = (json?: object) => (world: World) => ({
    token: world.operatorToken,
    ...(json === undefined ? {} : { json, key: randomUUID() }),
  });
  return {
    'post /settlements': ({ payee, ids }) => ({
      ...{ key: randomUUID(), token: payee.token },
      json: { payment_id: ids['/payments/{id}'] },
    }),
    'get /settlements': byPayee(),
    'get /settlements/{id}': byPayee(),
    'get /settlements/{id}/items': byPayee(),
    'get /settlements/{id}/history': byPayee(),
    'get /settlements/{id}/report': byPayee(),
    'get /settlements/{id}/payment-file': byOperator(),
    'post /settlements/{id}/approve': byOperator(reason),
    'post /settlements/{id}/transitions': byOperator({ to: 'settled', ...reason }),
    'get /settlement-windows': byOperator(),
    'post /settlement-windows/{id}/close': byOperator(reason),
    'post /bank-statements': byOperator({ format: 'csv', content: csv }),
    'get /bank-statements/{id}/lines': byOperator(),
    'get /safeguarding': byOperator(),
  };
}

/** Rows as the processors would have written them. */
function createRows({ db, world }: Cases) {
  /** A batch of the payee's, as the ledger has it. */
  const insert = async (status: string, id: string = randomUUID()): Promise<string> => {
    const { payee } = world();
    await db.knex('settlement').insert({
      ...{ id, wallet_id: payee.walletId, owner_id: payee.id, created_by: randomUUID() },
      ...{ gross_minor: 9, refunds_minor: 0, disputes_minor: 0, fees_minor: 0, carried_minor: 0 },
      ...{ net_minor: 9, carried_in_minor: 0, carried_out_minor: 0, accepted_at: new Date() },
      ...{ version: 1, item_count: 0, cuts: [0, 0, 0, 0], origin: 'run', status },
      ...{ currency: 'USD', destination: 'bank-1' },
    });
    return id;
  };
  const insertWindow = async (currency: string, closedAt: Date | null): Promise<string> => {
    const [id, opensAt] = [randomUUID(), new Date()];
    const closesAt = new Date(opensAt.getTime() + 1_000);
    const times = { opens_at: opensAt, closes_at: closesAt, closed_at: closedAt };
    await db.knex('settlement_window').insert({ id, currency, ...times });
    return id;
  };
  const insertStatement = async (): Promise<string> => {
    const id = randomUUID();
    await db.knex('action').insert({
      ...{ id, object: 'bank_statement', object_id: id, accepted_at: new Date() },
      ...{ actor_id: randomUUID(), action: 'bank_statement', status: 'succeeded' },
    });
    return id;
  };
  const settled = (suffix: string): string =>
    `/settlements/${world().ids['/settlements/{id}'] ?? ''}/${suffix}`;
  return { insert, insertWindow, insertStatement, settled };
}

/** How the statuses of the operations of settlements come about. */
export function createSettlementCases(deps: Cases) {
  const { world, send } = deps;
  const { insert, insertWindow, insertStatement, settled } = createRows(deps);

  const ask = 'post /settlements';
  const approve = 'post /settlements/{id}/approve';
  const transit = 'post /settlements/{id}/transitions';
  const close = 'post /settlement-windows/{id}/close';
  const file = 'get /settlements/{id}/payment-file';
  const statement = 'post /bank-statements';
  return {
    /** Ids for the paths of settlements. */
    ids: async () => ({
      '/settlements/{id}': await insert('settled'),
      '/settlements/{id}/approve': await insert('pending_approval'),
      '/settlements/{id}/transitions': await insert('submitted'),
      '/settlements/{id}/payment-file': await insert('submitted'),
      '/settlement-windows/{id}': await insertWindow('USD', null),
      '/bank-statements/{id}/lines': await insertStatement(),
    }),
    apart: {
      [`${ask} 200`]: async () => {
        const key = randomUUID();
        const accepted = await send(ask, { key });
        await insert('submitted', accepted.body.id as string);
        return (await send(ask, { key, prefer: 'wait=5' })).status;
      },
      [`${ask} 404`]: async () => (await send(ask, { json: { payment_id: randomUUID() } })).status,
      [`${ask} 409`]: async () => {
        const json = { payment_id: world().ids['/payments/{id}/capture'] };
        const { status, body } = await send(ask, { json });
        return body.code === 'payment_not_captured' ? status : 0;
      },
      [`${approve} 200`]: () => decidedInBetween(deps, approve, 'settlement'),
      [`${transit} 200`]: () => decidedInBetween(deps, transit, 'settlement'),
      [`${close} 200`]: () => decidedInBetween(deps, close, 'settlement_window'),
      [`${statement} 200`]: () => decidedInBetween(deps, statement, 'bank_statement'),
      [`${approve} 409`]: async () => (await send(approve, { path: settled('approve') })).status,
      [`${transit} 409`]: async () =>
        (await send(transit, { path: settled('transitions') })).status,
      [`${close} 409`]: async () => {
        const path = `/settlement-windows/${await insertWindow('EUR', new Date())}/close`;
        return (await send(close, { path })).status;
      },
      [`${file} 409`]: async () => {
        const waiting = world().ids['/settlements/{id}/approve'] ?? '';
        return (await send(file, { path: `/settlements/${waiting}/payment-file` })).status;
      },
      [`${statement} 409`]: () => keyInUse(deps, statement),
      [`${statement} 413`]: async () =>
        (await send(statement, { raw: 'x'.repeat(1_200_001) })).status,
    } satisfies Ways,
  };
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recordChange } from '@wallet/core-ledger';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  createTestGround,
  newUser,
  paymentOf,
  settle,
  type ApiAnswer,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  [payer, payee] = [await newUser(edge), await newUser(edge, 'merchant')];
});
afterAll(() => ground.close());

const get = (user: TestUser, path: string) => edge.call('GET', path, { token: user.token });

function accept(change: object = {}): Promise<ApiAnswer> {
  const json = paymentOf(payer, payee, change);
  return edge.call('POST', '/payments', { token: payer.token, key: randomUUID(), json });
}

async function pay(change: object = {}): Promise<string> {
  const accepted = await accept(change);
  await settle(ground.db, accepted, { payer, payee, payloadHash: randomBytes(32) });
  return accepted.body.id as string;
}

type Row = { from: string | null; to: string; at: string; actor: string; role: string };
const rowsOf = ({ body }: ApiAnswer) => body.data as Row[];

describe('the history of a payment', () => {
  test('begins when it is accepted, and is for its parties', async () => {
    const { body } = await accept();
    const path = `/payments/${String(body.id)}/history`;
    for (const user of [payer, payee]) {
      const answer = await get(user, path);
      expect(answer.body).toEqual({
        data: [
          {
            ...{ at: body.created_at, from: null, to: 'received', actor: payer.id },
            ...{ role: 'customer', reason: null, request_id: null, ticket_id: null },
          },
        ],
        next_cursor: null,
      });
    }
    expect((await get(await newUser(edge), path)).status).toBe(404);
  });

  test('goes on to what was decided, and to what people do, newest first', async () => {
    const id = await pay();
    const analyst = randomUUID();
    await recordChange(ground.db.knex, {
      ...{ object: 'payment', objectId: id, version: 2, from: 'in_review', to: 'captured' },
      ...{ actor: analyst, role: 'analyst', reason: 'known customer', requestId: 'abc-1' },
    });
    const answer = await get(payer, `/payments/${id}/history`);
    const rows = rowsOf(answer);
    expect(rows.map(({ from, to, role }) => [from, to, role])).toEqual([
      ['in_review', 'captured', 'analyst'],
      ['screening', 'in_review', 'system'],
      ['received', 'screening', 'system'],
      [null, 'received', 'customer'],
    ]);
    expect(rows[0]).toMatchObject({
      actor: analyst,
      reason: 'known customer',
      request_id: 'abc-1',
    });
    const paged: Row[] = [];
    for (let query = '?limit=3'; query !== '';) {
      const page = await get(payee, `/payments/${id}/history${query}`);
      paged.push(...rowsOf(page));
      const next = page.body.next_cursor as string | null;
      query = next === null ? '' : `?limit=3&cursor=${next}`;
    }
    expect(paged).toEqual(rows);
    const bad = await get(payer, `/payments/${id}/history?cursor=abc`);
    expect(bad.body.code).toBe('invalid_cursor');
  });
});

describe('the list of payments', () => {
  test('shows each party what it made or got, newest first, page by page', async () => {
    const ids = [await pay(), await pay(), await pay()].reverse();
    const first = await get(payee, '/payments?limit=2');
    expect((first.body.data as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const cursor = String(first.body.next_cursor);
    const second = await get(payee, `/payments?limit=2&cursor=${cursor}`);
    expect((second.body.data as { id: string }[])[0]?.id).toBe(ids[2]);
    const one = await get(payer, `/payments/${ids[0]}`);
    expect((first.body.data as unknown[])[0]).toEqual(one.body);
    // A cursor is good for its list, its user and its question alone.
    for (const answer of [
      await get(payer, `/payments?limit=2&cursor=${cursor}`),
      await get(payee, `/payments?limit=2&status=captured&cursor=${cursor}`),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'invalid_cursor']);
    }
    expect((await get(await newUser(edge), '/payments')).body.data).toEqual([]);
  });

  test('leaves out what was not asked for', async () => {
    const id = await pay();
    const idsOf = async (query: string) => {
      const { body } = await get(payer, `/payments?${query}`);
      return (body.data as { id: string }[]).map((payment) => payment.id);
    };
    expect(await idsOf(`status=captured&wallet_id=${payee.walletId}`)).toContain(id);
    expect(await idsOf('status=failed')).toEqual([]);
    expect(await idsOf(`wallet_id=${randomUUID()}`)).toEqual([]);
    expect(await idsOf('to=2020-01-01')).toEqual([]);
    expect(await idsOf(`from=${new Date().toISOString().slice(0, 10)}`)).toContain(id);
    expect((await get(payer, '/payments?status=received')).status).toBe(422);
  });
});

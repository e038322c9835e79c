import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { problems } from '../problems.ts';
import {
  createTestGround,
  newUser,
  paymentOf,
  type TestEdge,
  type TestGround,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
});
afterAll(() => ground.close());

type Operation = {
  operationId: string;
  responses: Record<string, unknown>;
  security: unknown[];
  parameters?: { name: string; in: string }[];
};

describe('the OpenAPI document', () => {
  test('has the mounted operations, no more and no fewer', async () => {
    const { body } = await edge.call('GET', '/openapi.json');
    const paths = body.paths as Record<string, Record<string, Operation>>;
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const mounted = edge.edge.definitions.map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual(mounted.sort());
    for (const name of documented) {
      const [method = '', path = ''] = name.split(' ');
      const example = path.replace('{id}', randomUUID());
      const { status } = await fetch(edge.url + example, { method: method.toUpperCase() });
      expect([name, status]).not.toEqual([name, 404]);
      expect([name, status]).not.toEqual([name, 405]);
    }
  });

  test('names every operation once, and its key where it needs one', async () => {
    const { body } = await edge.call('GET', '/openapi.json');
    const paths = body.paths as Record<string, Record<string, Operation>>;
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const pay = paths['/payments']?.post;
    expect(pay?.parameters?.map(({ name }) => name)).toContain('Idempotency-Key');
    expect(Object.keys(pay?.responses ?? {}).sort()).toEqual(
      ['200', '202', '400', '401', '403', '404', '409', '413', '415', '422', '500', '503'].sort(),
    );
    expect(JSON.stringify(body.components)).toContain('"Payment"');
  });
});

test('GET /errors is the registry', async () => {
  const { body } = await edge.call('GET', '/errors');
  const listed = body.data as { code: string; status: number }[];
  expect(listed.map(({ code }) => code)).toEqual(Object.keys(problems));
});

describe('what belongs to someone else', () => {
  test('is not there: every path with an id, for a stranger and for an unknown id', async () => {
    const [owner, stranger] = [await newUser(edge), await newUser(edge)];
    const payee = await newUser(edge, 'merchant');
    const payment = await edge.call('POST', '/payments', {
      token: owner.token,
      key: randomUUID(),
      json: paymentOf(owner, payee),
    });
    const topUp = await edge.call('POST', '/top-ups', {
      token: owner.token,
      key: randomUUID(),
      json: { wallet_id: owner.walletId, amount_minor: 5, currency: 'USD' },
    });
    const ids: Record<string, string> = {
      '/payments/{id}': payment.body.id as string,
      '/top-ups/{id}': topUp.body.id as string,
      '/wallets/{id}': owner.walletId,
      '/wallets/{id}/entries': owner.walletId,
    };
    const withIds = edge.edge.definitions.filter(({ path }) => path.includes('{id}'));
    // A new path with an id must be added here.
    expect(withIds.map(({ path }) => path).sort()).toEqual(Object.keys(ids).sort());
    for (const { path } of withIds) {
      const own = path.replace('{id}', ids[path] ?? '');
      expect((await edge.call('GET', own, { token: owner.token })).status).toBe(200);
      expect((await edge.call('GET', own, { token: stranger.token })).status).toBe(404);
      for (const id of [randomUUID(), 'no-id', '..%2f..', '%00']) {
        const unknown = path.replace('{id}', id);
        expect((await edge.call('GET', unknown, { token: owner.token })).status).toBe(404);
      }
    }
    const foreign = await edge.call('POST', '/top-ups', {
      token: stranger.token,
      key: randomUUID(),
      json: { wallet_id: owner.walletId, amount_minor: 5, currency: 'USD' },
    });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'wallet_not_found']);
    // The payee is a party of the payment.
    const seen = await edge.call('GET', `/payments/${ids['/payments/{id}'] ?? ''}`, {
      token: payee.token,
    });
    expect(seen.status).toBe(200);
  });
});

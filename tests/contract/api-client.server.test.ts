import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createWalletClient, isProblem, unwrap, WalletProblem } from '@wallet/api-client';
import {
  createTestGround,
  newUser,
  paymentOf,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '@wallet/api-edge/testing';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  payer = await newUser(edge);
  payee = await newUser(edge, 'merchant');
});
afterAll(() => ground.close());

/** A client of the payer whose first answers are what `disturb` makes of them. */
function clientWith(disturb: (attempt: number, answer: Response) => Response) {
  const keys: (string | null)[] = [];
  const client = createWalletClient({
    baseUrl: edge.url,
    accessToken: () => payer.token,
    retries: { baseMs: 1 },
    async fetch(request) {
      keys.push(request.headers.get('Idempotency-Key'));
      const answer = await fetch(request);
      return disturb(keys.length, answer);
    },
  });
  return { client, keys };
}

const pay = (client: ReturnType<typeof clientWith>['client'], key: string, change: object = {}) =>
  client.POST('/payments', {
    params: { header: { 'Idempotency-Key': key } },
    body: { ...paymentOf(payer, payee), currency: 'USD', capture: 'automatic', ...change },
  });

describe('the client', () => {
  test('pays once though two answers get lost', async () => {
    const key = randomUUID();
    const { client, keys } = clientWith((attempt, answer) => {
      if (attempt < 3) throw new TypeError('the connection broke');
      return answer;
    });
    const paid = unwrap(await pay(client, key));
    expect(paid).toMatchObject({ object: 'payment', status: 'received', amount_minor: 1_250 });
    expect(keys).toEqual([key, key, key]);
    const again = await pay(client, key);
    expect(again.data?.id).toBe(paid.id);
    expect(again.response.headers.get('idempotency-replayed')).toBe('true');
  });

  test('comes back after an overload as it is told', async () => {
    const problem = JSON.stringify({ code: 'overloaded', request_id: 'x' });
    const { client, keys } = clientWith((attempt, answer) =>
      attempt === 1 ? new Response(problem, { status: 503 }) : answer,
    );
    // It has no key, but the answer says that nothing was done.
    unwrap(await client.POST('/wallets', { body: { currency: 'EUR' } }));
    expect(keys).toEqual([null, null]);
  });

  test('does not repeat what might be done twice', async () => {
    const { client, keys } = clientWith(() => {
      throw new TypeError('the connection broke');
    });
    const opening = client.POST('/wallets', { body: { currency: 'EUR' } });
    await expect(opening).rejects.toThrow('the connection broke');
    expect(keys).toHaveLength(1);
  });

  test('throws a refusal as a problem with its code', async () => {
    const { client } = clientWith((_attempt, answer) => answer);
    const refused = await pay(client, randomUUID(), { amount_minor: 0 });
    expect(isProblem(refused.error, 'invalid_amount')).toBe(true);
    expect(() => unwrap(refused)).toThrow(WalletProblem);
    expect(() => unwrap(refused)).toThrow('422 invalid_amount');
  });
});

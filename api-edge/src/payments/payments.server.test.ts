import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { topics } from '@wallet/schemas';
import { readTopic } from '@wallet/schemas/testing';
import { randomUUID } from 'node:crypto';
import {
  createTestGround,
  newUser,
  paymentOf,
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
  payer = await newUser(edge);
  payee = await newUser(edge, 'merchant');
});
afterAll(() => ground.close());

async function published() {
  return readTopic({ ...ground.log, topic: topics.paymentIntents.name });
}

describe('POST /payments', () => {
  test('answers 202 with the payment received, and the intent is in Kafka', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await edge.call('POST', '/payments', {
      token: payer.token,
      key: randomUUID(),
      headers: { traceparent },
      json: paymentOf(payer, payee, { description: 'Tea' }),
    });
    expect(answer.body).toMatchObject({ object: 'payment', status: 'received', fee_minor: 0 });
    expect(answer.status).toBe(202);
    const id = answer.body.id as string;
    expect(answer.headers.get('location')).toBe(`/payments/${id}`);
    const [record] = (await published()).filter(({ value }) => value?.includes(id));
    expect(record?.key).toBe(payer.walletId);
    expect(record?.headers).toEqual({
      traceparent,
      'request-id': answer.headers.get('x-request-id'),
    });
    const shown = await edge.call('GET', `/payments/${id}`, { token: payer.token });
    expect(shown.body).toEqual(answer.body);
  });
});

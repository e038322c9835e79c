import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '@wallet/runtime';
import { createRedis, type Redis } from './redis.ts';

let redis: Redis;

beforeAll(async () => {
  const log = createLog({ role: 'test', level: 'error' });
  redis = createRedis({ url: process.env.REDIS_URL ?? '', log });
  await expectAnswer();
});
afterAll(() => redis.close());

/** It connects in the background. */
async function expectAnswer(): Promise<void> {
  while (!(await redis.ask([['PING']]).then(Boolean, () => false))) {
    await new Promise(setImmediate);
  }
}

test('each asker is told what was said to its own commands, in order', async () => {
  const [first, second] = [`test:${randomUUID()}`, `test:${randomUUID()}`];
  const told = await Promise.all([
    redis.ask([
      ['SET', first, 'one', 'EX', '60'],
      ['GET', first],
    ]),
    redis.ask([['GET', second]]),
    redis.ask([['SET', second, 'zwei\u00ff', 'EX', '60', 'GET'], ['GET', second], ['PING']]),
    redis.ask([]),
  ]);
  expect(told).toEqual([['OK', 'one'], [null], [null, 'zwei\u00ff', 'PONG'], []]);
});

test('a last key is read after all that travels along, for all who ask for it', async () => {
  const [shared, other] = [`test:${randomUUID()}`, `test:${randomUUID()}`];
  const put = (key: string, value: string) => ['SET', key, value, 'EX', '60'];
  const told = await Promise.all([
    redis.ask([put(shared, 'first')], shared),
    redis.ask([put(other, 'a')], other),
    redis.ask([['GET', shared]]),
    redis.ask([put(shared, 'second')], shared),
    redis.ask([put(other, 'b')]),
  ]);
  expect(told).toEqual([['OK', 'second'], ['OK', 'b'], ['first'], ['OK', 'second'], ['OK']]);
});

test('an error is heard by whoever asked for it, and by nobody else', async () => {
  const key = `test:${randomUUID()}`;
  const [bad, good] = await Promise.allSettled([
    redis.ask([['SET', key], ['PING']], key),
    redis.ask([['PING']], key),
  ]);
  expect(bad).toMatchObject({ status: 'rejected' });
  expect(good).toEqual({ status: 'fulfilled', value: ['PONG', null] });
});

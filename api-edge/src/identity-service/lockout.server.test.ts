import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '@wallet/runtime';
import { Redis as Client } from 'ioredis';
import { createRedis, type Redis } from '../redis.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { createLockout } from './lockout.ts';

const url = process.env['REDIS_URL'] ?? '';
const log = createLog({ role: 'test', level: 'silent' });
const keyPrefix = `lockout-${randomUUID()}:`;
let redis: Redis;
let client: Client;

beforeAll(async () => {
  redis = createRedis({ url, log });
  client = new Client(url);
  const answers = async () => {
    const told = redis.ask([['PING']]);
    return told.then(
      () => true,
      () => false,
    );
  };
  await waitUntil(answers, 'Redis answers');
});
afterAll(() => {
  redis.close();
  client.disconnect();
});

test('failures at all instances lock together; a window that lost its end gets one', async () => {
  const instances = [1, 2].map(() => createLockout({ redis, keyPrefix, maxFailures: 3, log }));
  const fail = (at: number) => instances[at]?.failed('192.0.2.1', 'ann');
  expect([await fail(0), await fail(1)]).toEqual([false, false]);
  const [key = ''] = await client.keys(`${keyPrefix}*`);
  expect(await client.ttl(key)).toBeGreaterThan(50);
  await client.persist(key);
  expect(await fail(1)).toBe(true);
  expect(await client.ttl(key)).toBeGreaterThan(50);
  for (const { blockedSeconds } of instances)
    expect(await blockedSeconds('192.0.2.1', 'ann')).toBeGreaterThan(50);
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setWalletStatus } from '@wallet/core-ledger';
import { createLog } from '@wallet/runtime';
import { topics, type PaymentIntent } from '@wallet/schemas';
import { readTopic } from '@wallet/schemas/testing';
import { randomUUID } from 'node:crypto';
import {
  createOwnRedis,
  createTestGround,
  newUser,
  paymentOf,
  settle,
  type ApiAnswer,
  type ApiRequest,
  type OwnRedis,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';
import { createRedis } from '../redis.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { createSharedMemory, type SharedMemory } from './shared-memory.ts';

let ground: TestGround;
let redis: OwnRedis;
let first: TestEdge;
let second: TestEdge;
let payer: TestUser;
let payee: TestUser;

beforeAll(async () => {
  [ground, redis] = await Promise.all([createTestGround(), createOwnRedis()]);
  first = await ground.open({ REDIS_URL: redis.url });
  second = await ground.open({ REDIS_URL: redis.url });
  await newParties();
});
afterAll(async () => {
  await ground.close();
  await redis.kill();
});

async function newParties(): Promise<void> {
  payer = await newUser(first);
  payee = await newUser(first, 'merchant');
}

function pay(edge: TestEdge, key: string, change: object = {}, request: ApiRequest = {}) {
  const json = paymentOf(payer, payee, change);
  return edge.call('POST', '/payments', { token: payer.token, key, json, ...request });
}

/** The intents of an id that are in Kafka. */
async function publishedOf(id: string): Promise<PaymentIntent[]> {
  const { codec } = await ground.openWire();
  const topic = topics.paymentIntents;
  const records = await readTopic({ ...ground.log, topic: topic.name });
  const intents = records.map(({ value }) => codec.decode(topic, value));
  return intents
    .map((decoded) => (decoded.ok ? decoded.value : null))
    .filter((intent) => intent?.intent_id === id) as PaymentIntent[];
}

function expectReplay(answer: ApiAnswer, original: ApiAnswer): void {
  expect(answer.text).toBe(original.text);
  expect(answer.status).toBe(202);
  expect(answer.headers.get('idempotency-replayed')).toBe('true');
  expect(answer.headers.get('location')).toBe(original.headers.get('location'));
}

describe('with Redis at hand', () => {
  test('the same key and body get the first answer again, on every instance', async () => {
    const key = randomUUID();
    const change = { metadata: { b: '2', a: '1' }, context: { country: 'DE' } };
    const original = await pay(first, key, change);
    expect(original.status).toBe(202);
    expect(original.headers.has('idempotency-replayed')).toBe(false);
    expectReplay(await pay(first, key, change), original);
    expectReplay(await pay(second, key, change), original);
    // Another spelling of the same request: order of members, a default written out.
    const spelled = { ...change, metadata: { a: '1', b: '2' }, capture: 'automatic' };
    expectReplay(await pay(second, key, spelled), original);
    expect(await publishedOf(original.body.id as string)).toHaveLength(1);
  });

  test('the same key with another body is refused', async () => {
    const key = randomUUID();
    await pay(first, key);
    for (const edge of [first, second]) {
      const { status, body } = await pay(edge, key, { amount_minor: 1_251 });
      expect([status, body.code]).toEqual([422, 'idempotency_key_reused']);
    }
  });

  test('a repeat is not refused because another body tries its key just then', async () => {
    const key = randomUUID();
    await pay(first, key);
    const others: number[] = [];
    const repeats: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const altered = Array.from({ length: 10 }, () => pay(first, key, { amount_minor: 1_251 }));
      repeats.push((await pay(first, key)).status);
      others.push(...(await Promise.all(altered)).map(({ status }) => status));
    }
    // 409 says "come again" to whoever was too close to somebody else.
    expect(others.filter((status) => status !== 422 && status !== 409)).toEqual([]);
    expect(repeats.filter((status) => status !== 202 && status !== 409)).toEqual([]);
  });

  test('a key belongs to its caller and route', async () => {
    const key = randomUUID();
    const other = await newUser(first);
    const mine = await pay(first, key);
    const theirs = await first.call('POST', '/payments', {
      token: other.token,
      key,
      json: paymentOf(other, payee),
    });
    expect(theirs.status).toBe(202);
    expect(theirs.body.id).not.toBe(mine.body.id);
    const topUp = await first.call('POST', '/top-ups', {
      token: payer.token,
      key,
      json: { wallet_id: payer.walletId, amount_minor: 1, currency: 'USD' },
    });
    expect(topUp.status).toBe(202);
    expect(topUp.body.id).not.toBe(mine.body.id);
  });

  test('a refused request leaves its key free', async () => {
    const key = randomUUID();
    expect((await pay(first, key, { amount_minor: 0 })).status).toBe(422);
    expect((await pay(first, key, { payee_wallet_id: randomUUID() })).status).toBe(404);
    expect((await pay(first, key)).status).toBe(202);
  });

  test('a replay tells the first state, and with Prefer: wait the present one', async () => {
    const key = randomUUID();
    const original = await pay(first, key);
    const [intent] = await publishedOf(original.body.id as string);
    await settle(ground.db, original, { payer, payee, payloadHash: hashOf(intent) });
    expectReplay(await pay(second, key), original);
    const now = await pay(second, key, {}, { prefer: 'wait=5' });
    expect([now.status, now.body.status]).toEqual([200, 'captured']);
    expect(now.headers.get('idempotency-replayed')).toBe('true');
    expect(now.headers.get('preference-applied')).toBe('wait=5');
  });

  test('fifty at once make one intent; each hears of it or is told to come back', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => pay(index % 2 === 0 ? first : second, key)),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    const told = answers.filter(({ status }) => status === 409);
    expect(accepted.length).toBeGreaterThanOrEqual(1);
    expect(accepted.length + told.length).toBe(50);
    expect(new Set(accepted.map(({ body }) => body.id)).size).toBe(1);
    expect(new Set(told.map(({ body }) => body.code))).toEqual(new Set(['idempotency_key_in_use']));
    expect(told.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
    expect(await publishedOf(accepted[0]?.body.id as string)).toHaveLength(1);
  });
});

describe('when an instance died before it could remember what it accepted', () => {
  let original: ApiAnswer;
  let payloadHash: Buffer;
  let key: string;
  let later: TestEdge;

  /** What the instance knew about its payment so long ago, in Redis. */
  async function leave(agoMs: number, what: (memory: SharedMemory) => unknown): Promise<void> {
    const log = createLog({ role: 'test', level: 'error' });
    const link = createRedis({ url: redis.url, log });
    const keyPrefix = ground.environment['REDIS_KEY_PREFIX'] ?? '';
    const clock = { nowMs: () => Date.now() - agoMs };
    const isThere = () =>
      link
        .ask([['PING']])
        .then(() => true)
        .catch(() => false);
    await waitUntil(isThere, 'the connection to Redis');
    await what(createSharedMemory({ redis: link, keyPrefix, clock }));
    link.close();
  }

  beforeEach(async () => {
    await newParties();
    key = randomUUID();
    original = await pay(first, key);
    const [intent] = await publishedOf(original.body.id as string);
    payloadHash = hashOf(intent);
    await leave(6_000, (memory) => memory.claimAgain(original.body.id as string, payloadHash));
    // Committed state speaks against it by now, as its own effect may.
    const who = { walletId: payer.walletId, actor: randomUUID(), role: 'operator' as const };
    const why = { reason: 'a test', requestId: 'r', status: 'frozen' as const };
    expect(await setWalletStatus(ground.db.knex, { ...who, ...why })).toEqual({ ok: true });
    later = await ground.open({ REDIS_URL: redis.url });
    const refused = async (): Promise<boolean> =>
      (await pay(later, randomUUID())).body.code === 'account_frozen';
    await waitUntil(refused, 'the instance to know that the payer is frozen');
  });

  afterAll(newParties); // nobody else pays from a frozen wallet

  test('an old lease is taken over and nothing stands against it; its body is bound', async () => {
    const other = await pay(later, key, { amount_minor: 99 });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    const again = await pay(later, key);
    expect([again.status, again.body.id]).toEqual([202, original.body.id]);
  });

  test('a young lease is somebody at work', async () => {
    await leave(0, (memory) => memory.claimAgain(original.body.id as string, payloadHash));
    const { status, body } = await pay(later, key);
    expect([status, body.code]).toEqual([409, 'idempotency_key_in_use']);
  });

  test('with no record at all the answer is what the ledger has decided', async () => {
    await leave(0, (memory) => memory.release(original.body.id as string, payloadHash));
    await settle(ground.db, original, { payer, payee, payloadHash });
    expectReplay(await pay(later, key), original);
    const other = await pay(later, key, { amount_minor: 99 });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });
});

describe('when Redis has forgotten everything', () => {
  beforeEach(() => redis.flush());

  test('a settled payment is still replayed, and another body refused', async () => {
    const key = randomUUID();
    const original = await pay(first, key);
    const [intent] = await publishedOf(original.body.id as string);
    await settle(ground.db, original, { payer, payee, payloadHash: hashOf(intent) });
    await redis.flush();
    for (const edge of [second, first]) {
      const { status, body } = await pay(edge, key, { amount_minor: 99 });
      expect([status, body.code]).toEqual([422, 'idempotency_key_reused']);
      expectReplay(await pay(edge, key), original);
    }
    expect(await publishedOf(original.body.id as string)).toHaveLength(1);
  });

  test('the instance that accepted it remembers what is not settled yet', async () => {
    const key = randomUUID();
    const original = await pay(first, key);
    await redis.flush();
    expectReplay(await pay(first, key), original);
    const { body } = await pay(first, key, { amount_minor: 99 });
    expect(body.code).toBe('idempotency_key_reused');
  });

  test('fifty at once with the flush in their middle have one id', async () => {
    const key = randomUUID();
    const answers = await Promise.all([
      ...Array.from({ length: 25 }, () => pay(first, key)),
      redis.flush().then(() => null),
      ...Array.from({ length: 25 }, () => pay(second, key)),
    ]);
    const accepted = answers.filter((answer) => answer?.status === 202) as ApiAnswer[];
    const ids = new Set(accepted.map(({ body }) => body.id as string));
    expect(ids.size).toBe(1);
    // Perhaps published twice, by two instances: the ledger takes an id once.
    for (const intent of await publishedOf([...ids][0] ?? '')) {
      expect(intent.amount_minor).toBe(1_250n);
    }
  });

  test('the payment is never 404 for the one who was given its id', async () => {
    const original = await pay(first, randomUUID());
    await redis.flush();
    const path = `/payments/${original.body.id as string}`;
    const own = await first.call('GET', path, { token: payer.token });
    expect([own.status, own.body.status]).toEqual([200, 'received']);
    const elsewhere = await second.call('GET', path, { token: payer.token });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([503, 'state_unavailable']);
    expect(elsewhere.headers.get('retry-after')).toBe('1');
  });

  test('an ended session stays ended', async () => {
    const user = await newUser(first);
    expect((await first.call('POST', '/logout', { token: user.token })).status).toBe(204);
    await redis.flush();
    const look = () => second.call('GET', '/wallets', { token: user.token });
    // By the database, as long as Redis cannot be trusted; then by Redis, to which it was put back.
    do expect((await look()).status).toBe(401);
    while (!(await redis.hasKey('complete-since')));
    expect(await redis.hasKey(`session-ended:${sessionOf(user.token)}`)).toBe(true);
    expect((await look()).status).toBe(401);
    const paid = await second.call('POST', '/payments', {
      token: user.token,
      key: randomUUID(),
      json: paymentOf(user, payee),
    });
    expect(paid.status).toBe(401);
  });
});

function hashOf(intent: PaymentIntent | undefined): Buffer {
  if (intent === undefined) throw new Error('the intent is not in Kafka');
  return intent.payload_hash;
}

function sessionOf(token: string): string {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { sid: string }).sid;
}

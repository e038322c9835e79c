import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { insertServiceClient, revokeServiceClient, rotateClientSecret } from '@wallet/core-ledger';
import { waitUntil } from '../testing/wait-until.ts';
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
let merchant: TestUser;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  merchant = await newUser(edge, 'merchant');
});
afterAll(() => ground.close());

const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

async function newClient(userId = merchant.id): Promise<{ id: string; secret: string } | null> {
  const client = { id: randomUUID(), secret: randomBytes(32).toString('base64url') };
  const row = { id: client.id, userId, secretHash: hashOf(client.secret) };
  return (await insertServiceClient(ground.db.knex, row)) ? client : null;
}

function ask(change: Record<string, string>, headers: Record<string, string> = {}) {
  return edge.call('POST', '/token', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    raw: new URLSearchParams({ grant_type: 'client_credentials', ...change }).toString(),
  });
}

function basic(id: string, secret: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

test('a back end gets tokens by Basic and by a form, and acts for its merchant', async () => {
  const client = await newClient();
  if (client === null) throw new Error('no client');
  const post = await ask({ client_id: client.id, client_secret: client.secret });
  expect(post.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
  expect(post.body).not.toHaveProperty('refresh_token');
  const { status, body } = await ask({}, basic(client.id, client.secret));
  expect(status).toBe(200);
  const token = body.access_token as string;
  const wallets = await edge.call('GET', '/wallets', { token });
  expect(wallets.body.data).toMatchObject([{ id: merchant.walletId }]);
  const payee = await newUser(edge);
  const paid = await edge.call('POST', '/payments', {
    ...{ token, key: randomUUID(), json: paymentOf(merchant, payee) },
  });
  expect(paid.status).toBe(202);
  // A back end opens no wallets and ends no sessions.
  const refused = await edge.call('POST', '/wallets', { token, json: { currency: 'EUR' } });
  expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
});

test('a wrong secret is refused; only merchants have back ends', async () => {
  const client = await newClient();
  const wrong = await ask({ client_id: client?.id ?? '', client_secret: 'x'.repeat(43) });
  expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_client']);
  const none = await ask({ client_id: client?.id ?? '' });
  expect([none.status, none.body.code]).toEqual([401, 'invalid_client']);
  expect(await newClient((await newUser(edge)).id)).toBeNull();
});

test('a new secret works at once, the one before for a while; the table has neither', async () => {
  const client = await newClient();
  const { id = '', secret = '' } = client ?? {};
  const rotate = (next: string, previousSeconds: number) =>
    rotateClientSecret(ground.db.knex, { id, secretHash: hashOf(next), previousSeconds });
  expect(await rotate('the second secret', 60)).toBe(true);
  for (const good of [secret, 'the second secret']) {
    expect((await ask({ client_id: id, client_secret: good })).status).toBe(200);
  }
  expect(await rotate('the third secret', 0)).toBe(true);
  for (const old of [secret, 'the second secret']) {
    expect((await ask({ client_id: id, client_secret: old })).status).toBe(401);
  }
  const { rows } = await ground.db.knex.raw<{ rows: { text: string }[] }>(
    `select encode(secret_hash, 'escape') || c::text as text from service_client c`,
  );
  expect(JSON.stringify(rows)).not.toContain('secret"');
});

test('a client that is revoked gets no token, and those it has end within seconds', async () => {
  const { id = '', secret = '' } = (await newClient()) ?? {};
  const { body } = await ask({ client_id: id, client_secret: secret });
  const token = body.access_token as string;
  const status = () => edge.call('GET', '/wallets', { token }).then((answer) => answer.status);
  expect(await status()).toBe(200);
  expect(await revokeServiceClient(ground.db.knex, id)).toBe(true);
  expect(await revokeServiceClient(ground.db.knex, id)).toBe(false);
  expect((await ask({ client_id: id, client_secret: secret })).status).toBe(401);
  await waitUntil(async () => (await status()) === 401, 'the token has ended');
});

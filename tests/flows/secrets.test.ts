import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { erasePerson } from '@wallet/core-ledger';
import { allTopics } from '@wallet/schemas';
import { readTopic } from '@wallet/schemas/testing';
import { memberOf } from '../support/api.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { startSystem, type System } from '../support/system.ts';

// What nobody may find in a log, and what of a person stands nowhere but in one sealed table.
const startMs = 120_000;
const mark = randomUUID();
const person = {
  email: `seeded-${mark}@nowhere.test`,
  name: `Seeded Person ${mark}`,
  password: `seeded password ${mark}`,
};
const cardNumber = '5105105105105100';
const roles = ['edge', 'identity', 'streams', 'streams:monitor'];

let system: System;
let secrets: Record<string, string>;

beforeAll(async () => {
  system = await startSystem({ monitor: true, env: { LOG_LEVEL: 'debug' } });
  secrets = await system.guard(useEverything);
}, startMs);
afterAll(() => system?.stop(), startMs);

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

function send(path: string, headers: Record<string, string>, body: string): Promise<HttpAnswer> {
  return system.api.http.send({ method: 'POST', path, headers, body });
}

/** A life with every kind of secret, good and bad. @returns what must not be found */
async function useEverything(): Promise<Record<string, string>> {
  const { email, name, password } = person;
  const registration = { email, password, name, kind: 'customer', currency: 'USD' };
  const registered = await send('/register', json, JSON.stringify(registration));
  const walletId = String(memberOf(registered, 201, 'wallet_id'));
  await send('/register', json, JSON.stringify(registration));
  await send('/register', json, JSON.stringify({ ...registration, currency: 'XXX' }));
  await send('/login', json, JSON.stringify({ email, password: `${password} wrong` }));
  await send('/login', json, `{"email":"${email}","password":"${password}"`);
  const login = await send('/login', json, JSON.stringify({ email, password }));
  const accessToken = String(memberOf(login, 200, 'access_token'));
  const first = String(memberOf(login, 200, 'refresh_token'));
  const refresh = (token: string) =>
    send('/token', form, `grant_type=refresh_token&client_id=wallet-app&refresh_token=${token}`);
  await payAround(walletId, `Bearer ${accessToken}`);
  const next = await refresh(first);
  const nextToken = String(memberOf(next, 200, 'access_token'));
  const second = String(memberOf(next, 200, 'refresh_token'));
  const clientSecret = `client-secret-${mark}`;
  await send(
    '/token',
    form,
    `grant_type=client_credentials&client_id=${randomUUID()}&client_secret=${clientSecret}`,
  );
  await send('/logout', { authorization: `Bearer ${nextToken}` }, '');
  expect((await refresh(second)).status).toBe(400);
  expect((await refresh(first)).status).toBe(400);
  await send('/logout', { authorization: `Bearer ${nextToken.slice(0, -2)}xx` }, '');
  return { email, name, password, cardNumber, first, second, clientSecret, accessToken, nextToken };
}

/** Pays, repeats, sends a card number in every place a text has. */
async function payAround(walletId: string, authorization: string): Promise<void> {
  const shop = await system.api.register('merchant');
  const post = (path: string, body: object) =>
    send(
      path,
      { ...json, authorization, 'idempotency-key': randomUUID(), prefer: 'wait=10' },
      JSON.stringify(body),
    );
  await post('/top-ups', { wallet_id: walletId, amount_minor: 10_000, currency: 'USD' });
  const payment = {
    ...{ payer_wallet_id: walletId, payee_wallet_id: shop.walletId },
    ...{ amount_minor: 500, currency: 'USD' },
  };
  expect(memberOf(await post('/payments', payment), 200, 'status')).toBe('captured');
  for (const change of [
    { description: cardNumber },
    { metadata: { card: cardNumber } },
    { metadata: { [cardNumber]: 'card' } },
    { context: { card_bin: cardNumber } },
    { [cardNumber]: 1 },
  ]) {
    const refused = await post('/payments', { ...payment, ...change });
    expect([refused.status, refused.json?.code]).toEqual([422, 'card_number_not_allowed']);
    expect(refused.text).not.toContain(cardNumber);
  }
}

test('the logs say a lot, and nothing that is secret', async () => {
  for (const role of roles) {
    const lines = system.logOf(role).split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const [name, secret] of Object.entries(secrets)) {
      const at = lines.findIndex((line) => line.includes(secret));
      expect({ role, name, at }).toEqual({ role, name, at: -1 });
    }
    // Nor anything that only looks like a secret: a token of whomever, an address.
    expect(lines.filter((line) => /eyJ[\w-]{10,}\.|@(nowhere|wallet)\.test/.test(line))).toEqual(
      [],
    );
  }
  // The search would find nothing in logs that are empty.
  expect(system.logOf('edge').match(/"answered"/g)?.length).toBeGreaterThan(15);
  expect(system.logOf('identity').match(/"answered"/g)?.length).toBeGreaterThan(8);
});

test('no table but that of persons knows one, and that one is sealed', async () => {
  const tables = await system.db.knex.raw<{ rows: { name: string }[] }>(
    `select quote_ident(table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const words = [person.email, person.name, person.password, cardNumber];
  const hexes = words.map((word) => Buffer.from(word).toString('hex'));
  for (const { name } of tables.rows) {
    const { rows } = await system.db.knex.raw<{ rows: { text: string | null }[] }>(
      `select string_agg(t::text, ' ') as text from ${name} t`,
    );
    const text = rows[0]?.text ?? '';
    const found = [...words, ...hexes].filter((word) => text.includes(word));
    expect({ name, found }).toEqual({ name, found: [] });
  }
  expect(tables.rows.map(({ name }) => name)).toContain('person');
});

test('Kafka carries ids alone', async () => {
  let records = 0;
  for (const { name } of allTopics) {
    const found = await readTopic({
      brokers: system.brokers,
      topic: name,
      topicPrefix: system.topicPrefix,
    });
    records += found.length;
    for (const { key, value, headers } of found) {
      const text = `${key} ${value?.toString('latin1')} ${JSON.stringify(headers)}`;
      for (const word of [person.email, person.name, mark, cardNumber]) {
        expect({ topic: name, word, found: text.includes(word) }).toMatchObject({ found: false });
      }
    }
  }
  expect(records).toBeGreaterThan(3);
});

test('who is erased is nobody any more, on every way in', async () => {
  const resident = await system.api.register('customer');
  expect((await resident.get('/wallets')).status).toBe(200);
  expect(await erasePerson(system.db.knex, resident.userId)).toBe(true);
  const isOut = async () => (await resident.get('/wallets')).status === 401;
  await system.waitFor(isOut, 'the end of the session', 10_000);
  const credentials = { email: resident.email, password: 'whatever it was' };
  const login = await send('/login', json, JSON.stringify(credentials));
  expect(login.json?.code).toBe('invalid_credentials');
});

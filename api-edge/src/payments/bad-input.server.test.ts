import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { topics } from '@wallet/schemas';
import { readTopic } from '@wallet/schemas/testing';
import { randomUUID } from 'node:crypto';
import {
  createTestGround,
  newUser,
  newUserOfRole,
  paymentOf,
  type ApiRequest,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;
let euroPayee: TestUser;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  payer = await newUser(edge);
  payee = await newUser(edge, 'merchant');
  euroPayee = await newUser(edge, 'merchant', 'EUR');
});

// After everything below: not one of these requests may have left a trace in Kafka.
afterAll(async () => {
  try {
    const records = await readTopic({ ...ground.log, topic: topics.paymentIntents.name });
    expect(records).toEqual([]);
  } finally {
    await ground.close();
  }
});

function pay(request: ApiRequest) {
  return edge.call('POST', '/payments', { token: payer.token, key: randomUUID(), ...request });
}

/** The good body with one member's text replaced. */
function rawBody(member: string, text: string): string {
  const body: Record<string, unknown> = { ...paymentOf(payer, payee), [member]: '<here>' };
  return JSON.stringify(body).replace('"<here>"', text);
}

describe('amounts', () => {
  test.each([
    ['zero', '0'],
    ['negative', '-1'],
    ['negative zero', '-0'],
    ['a fraction', '1.5'],
    ['a whole number written as a fraction', '1.0'],
    ['an exponent', '1e2'],
    ['an exponent with a sign', '1E+2'],
    ['a string', '"100"'],
    ['null', 'null'],
    ['true', 'true'],
    ['an object', '{"value":100}'],
    ['an array', '[100]'],
    ['beyond the bound', '1000000000000001'],
    ['beyond every double', '1e400'],
    ['far beyond the bound', '99999999999999999999999999'],
  ])('%s is invalid_amount', async (_name, text) => {
    const { status, body } = await pay({ raw: rawBody('amount_minor', text) });
    expect(body).toMatchObject({
      code: 'invalid_amount',
      errors: [{ pointer: '/amount_minor', code: 'invalid_amount' }],
    });
    expect(status).toBe(422);
  });

  test('a missing amount is invalid_amount too', async () => {
    const { body } = await pay({ json: paymentOf(payer, payee, { amount_minor: undefined }) });
    expect(body.code).toBe('invalid_amount');
  });
});

describe('bodies', () => {
  test('with a card number are refused, and the number is not said again', async () => {
    const json = paymentOf(payer, payee, {
      ...{ description: 'card 4111 1111 1111 1111', metadata: { '5555555555554444': 'x' } },
    });
    const { status, body, text } = await pay({ json });
    expect([status, body.code]).toEqual([422, 'card_number_not_allowed']);
    expect(text).not.toMatch(/4111|5555/);
  });

  test.each([
    ['an unclosed object', '{"amount_minor":1'],
    ['nothing', ''],
    ['a single quote', "{'a':1}"],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  ])('%s is malformed_json', async (_name, raw) => {
    const { status, body } = await pay({ raw });
    expect([status, body.code]).toEqual([400, 'malformed_json']);
  });

  test.each([
    ['an array', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['a string', '"pay"'],
    ['nesting without end', '['.repeat(30_000) + ']'.repeat(30_000)],
  ])('%s is no payment', async (_name, raw) => {
    const { status, body } = await pay({ raw });
    expect([status, body.code]).toEqual([422, 'invalid_field']);
  });

  test.each<[string, object, string, string]>([
    ['unknown currency', { currency: 'XTS' }, 'unsupported_currency', '/currency'],
    ['currency in small letters', { currency: 'usd' }, 'unsupported_currency', '/currency'],
    ['currency as a number', { currency: 840 }, 'unsupported_currency', '/currency'],
    ['unknown field', { status: 'captured' }, 'unknown_field', '/status'],
    ['unknown nested field', { context: { bin: '1' } }, 'unknown_field', '/context/bin'],
    ['pointer escapes', { 'a/b~c': 1 }, 'unknown_field', '/a~1b~0c'],
    ['missing wallet', { payer_wallet_id: undefined }, 'missing_field', '/payer_wallet_id'],
    ['a wallet that is no id', { payee_wallet_id: 'w1' }, 'invalid_field', '/payee_wallet_id'],
    ['capture', { capture: 'later' }, 'invalid_field', '/capture'],
    ['long description', { description: 'x'.repeat(501) }, 'invalid_field', '/description'],
    ['text that no database keeps', { description: 'a\0b' }, 'invalid_field', '/description'],
    ['metadata of numbers', { metadata: { a: 1 } }, 'invalid_field', '/metadata/a'],
    ['expiry', { authorization_expires_in: 604_801 }, 'invalid_field', '/authorization_expires_in'],
    ['address', { context: { ip: '999.1.1.1' } }, 'invalid_field', '/context/ip'],
  ])('%s is refused where it stands', async (_name, change, code, pointer) => {
    const { status, body } = await pay({ json: paymentOf(payer, payee, change) });
    expect(body).toMatchObject({ code, errors: [{ pointer, code }] });
    expect(status).toBe(422);
  });

  test('half of a surrogate pair is refused', async () => {
    const { body } = await pay({ raw: rawBody('description', '"\\ud800"') });
    expect(body.code).toBe('invalid_field');
  });

  test('every fault is listed, the code is the first and unknown fields come last', async () => {
    const json = { extra: 1, ...paymentOf(payer, payee, { amount_minor: 0, currency: 'ZZZ' }) };
    const { body } = await pay({ json });
    const errors = body.errors as { code: string }[];
    expect(errors.map(({ code }) => code)).toEqual([
      'invalid_amount',
      'unsupported_currency',
      'unknown_field',
    ]);
    expect(body.code).toBe('invalid_amount');
  });

  test('__proto__ is a field like any other', async () => {
    const raw = JSON.stringify(paymentOf(payer, payee)).replace('{', '{"__proto__":{"x":1},');
    const { status } = await pay({ raw });
    expect(status).toBe(422);
  });
});

describe('wallets', () => {
  test.each<[string, () => object, number, string]>([
    ['paying oneself', () => ({ payee_wallet_id: payer.walletId }), 422, 'same_account'],
    ['an unknown payee', () => ({ payee_wallet_id: randomUUID() }), 404, 'wallet_not_found'],
    ['an unknown payer', () => ({ payer_wallet_id: randomUUID() }), 404, 'wallet_not_found'],
    [
      'paying from a stranger',
      () => ({ payer_wallet_id: payee.walletId, payee_wallet_id: payer.walletId }),
      404,
      'wallet_not_found',
    ],
    ['two currencies', () => ({ payee_wallet_id: euroPayee.walletId }), 422, 'currency_mismatch'],
    ['a third currency', () => ({ currency: 'EUR' }), 422, 'currency_mismatch'],
  ])('%s', async (_name, change, status, code) => {
    const answer = await pay({ json: paymentOf(payer, payee, change()) });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('the message', () => {
  test.each<[string, ApiRequest, number, string]>([
    ['no token', { headers: { Authorization: '' } }, 401, 'unauthorized'],
    ['a wrong token', { token: 'abc.def.ghi' }, 401, 'unauthorized'],
    ['a wrong scheme', { headers: { Authorization: 'Basic YTpi' } }, 401, 'unauthorized'],
    ['wrong type', { headers: { 'Content-Type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ['a blank in the key', { key: 'a b' }, 400, 'idempotency_key_invalid'],
    ['a long key', { key: 'k'.repeat(256) }, 400, 'idempotency_key_invalid'],
    ['a key in Latin-1', { key: 'caf\u00e9' }, 400, 'idempotency_key_invalid'],
  ])('%s', async (_name, request, status, code) => {
    const answer = await pay({ json: paymentOf(payer, payee), ...request });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('a key must be there', async () => {
    const answer = await edge.call('POST', '/payments', {
      token: payer.token,
      json: paymentOf(payer, payee),
    });
    expect([answer.status, answer.body.code]).toEqual([400, 'idempotency_key_required']);
  });

  test('64 KiB is the bound, announced or not', async () => {
    const full = rawBody('description', `"${'x'.repeat(65_536)}"`);
    const announced = await pay({ raw: full });
    expect([announced.status, announced.body.code]).toEqual([413, 'payload_too_large']);
    const stream = new Blob([full]).stream();
    const response = await fetch(`${edge.url}/payments`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${payer.token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': randomUUID(),
      },
      body: stream,
      duplex: 'half',
    });
    expect(response.status).toBe(413);
  });

  test('a role that does not pay is told so', async () => {
    const operator = await newUserOfRole(edge, ground, 'operator', payer);
    const answer = await pay({ token: operator.token, json: paymentOf(payer, payee) });
    expect([answer.status, answer.body.code]).toEqual([403, 'insufficient_scope']);
  });

  test('a path that is not there is 404, a method that is not there 405', async () => {
    const missing = await edge.call('GET', '/paiements');
    expect([missing.status, missing.body.code]).toEqual([404, 'route_not_found']);
    const wrong = await edge.call('DELETE', '/payments');
    expect([wrong.status, wrong.body.code]).toEqual([405, 'method_not_allowed']);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST');
  });
});

test('no answer names what we are made of', async () => {
  const answers = await Promise.all([
    pay({ raw: '{' }),
    pay({ json: paymentOf(payer, payee, { amount_minor: '1' }) }),
    edge.call('GET', '/payments/%00', { token: payer.token }),
    edge.call('GET', `/payments/${"'".repeat(30)}`, { token: payer.token }),
    edge.call('GET', '/wallets?cursor=AAAA', { token: payer.token }),
  ]);
  for (const { text, status } of answers) {
    expect(text).not.toMatch(/zod|koa|node_modules|select |\.ts:|at .*\(|knex|SyntaxError/i);
    expect(status).toBeLessThan(500);
  }
});

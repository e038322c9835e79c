import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createListHistory, features, loadRuleSet, readDefaultRules } from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import { createDryRun, createVelocity, planOf, scorePayment } from '@wallet/streams';
import {
  createTestGround,
  newAnalysts,
  newUser,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';
import { waitUntil } from '../testing/wait-until.ts';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;
let ada: string;
let bob: string;
let velocity: Awaited<ReturnType<typeof createVelocity>>;
beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  [payer, payee] = [await newUser(edge), await newUser(edge, 'merchant')];
  const analysts = await newAnalysts(edge, ground, payer);
  [ada, bob] = [analysts.analystToken, analysts.approverToken];
  velocity = await createVelocity({
    url: ground.environment.REDIS_URL ?? '',
    keyPrefix: ground.environment.REDIS_KEY_PREFIX ?? '',
    log: createLog({ role: 'test', level: 'silent' }),
    metrics: createMetrics({ role: 'test' }),
  });
});
afterAll(async () => {
  velocity.close();
  await ground.close();
});

const post = (path: string, token: string, json: object = {}) =>
  edge.call('POST', path, { token, json });
const get = (path: string, token = ada) => edge.call('GET', path, { token });

async function draftOf(rules: string): Promise<string> {
  const { body } = await post('/fraud/rulesets', ada, { name: 'a set', rules });
  return body.id as string;
}

test('what is wrong with rules is told with line, column and what is there', async () => {
  const rules = '# first\nreview "x" when amount_minr > 1\nblock "y" when currency > 3';
  const { status, body } = await post('/fraud/rulesets', ada, { name: 'broken', rules });
  expect([status, body.code]).toEqual([422, 'invalid_rules']);
  expect(body.errors).toMatchObject([
    { pointer: '/rules', line: 2, column: 17, rule_problem: 'unknown_attribute' },
    { pointer: '/rules', line: 3, rule_problem: 'type_mismatch' },
  ]);
});

test('the whole way of a set: two people, live, and back in one call', async () => {
  const first = await draftOf('review "first" when amount_minor > 1000');
  expect((await post(`/fraud/rulesets/${first}/publish`, ada)).body.code).toBe('approval_required');
  expect((await post(`/fraud/rulesets/${first}/approve`, ada)).body.code).toBe('same_person');
  await post(`/fraud/rulesets/${first}/submit`, ada);
  expect((await post(`/fraud/rulesets/${first}/publish`, ada)).body.code).toBe('approval_required');
  expect((await post(`/fraud/rulesets/${first}/approve`, ada)).body.code).toBe('same_person');
  expect((await post(`/fraud/rulesets/${first}/approve`, bob)).body.status).toBe('approved');
  expect((await post(`/fraud/rulesets/${first}/publish`, ada)).body.status).toBe('live');
  const second = await draftOf('block "second" when amount_minor > 1000');
  await post(`/fraud/rulesets/${second}/submit`, ada);
  await post(`/fraud/rulesets/${second}/approve`, bob);
  const diff = (await get(`/fraud/rulesets/${second}/diff`)).body;
  expect(diff).toMatchObject({
    ...{ from: first, to: second, unchanged: 0 },
    ...{ added: [{ name: 'second' }], removed: [{ name: 'first' }] },
  });
  await post(`/fraud/rulesets/${second}/publish`, ada, { percent: 10 });
  expect((await get('/fraud/rulesets/live')).body).toMatchObject({
    ...{ id: second, percent: 10, rest: { id: first } },
  });
  const back = await post('/fraud/rulesets/rollback', bob, { reason: 'too strict' });
  expect(back.body).toMatchObject({ id: first, status: 'live' });
  expect((await get('/fraud/rulesets/live')).body).toMatchObject({ id: first, percent: 100 });
  const history = (await get(`/fraud/rulesets/${second}/history`)).body.data;
  expect(history).toMatchObject([
    { from: 'live', to: 'retired', role: 'analyst' },
    { from: 'approved', to: 'live' },
    { from: 'submitted', to: 'approved' },
    { from: 'draft', to: 'submitted' },
    { from: null, to: 'draft' },
  ]);
});

test('without evidence nothing is published where the gate is on', async () => {
  const strict = await ground.open({ WALLET_EVIDENCE_PAYMENTS: '10' });
  const id = await draftOf('review "gated" when amount_minor > 1000');
  await post(`/fraud/rulesets/${id}/submit`, ada);
  await post(`/fraud/rulesets/${id}/approve`, bob);
  const path = `/fraud/rulesets/${id}/publish`;
  const { status, body } = await strict.call('POST', path, { token: ada, json: {} });
  expect([status, body.code]).toEqual([409, 'evidence_required']);
});

test('a list: made, filled, seen, and gone by expiry', async () => {
  await post('/fraud/lists', ada, { name: 'own_list', description: 'ours' });
  const entry = '/fraud/lists/own_list/entries/device%20%C3%BC';
  const put = (json: object) => edge.call('PUT', entry, { token: ada, json });
  const put1 = await put({ reason: 'seen', expires_at: '2100-01-01T00:00:00+02:00' });
  expect(put1.body).toMatchObject({ value: 'device ü', expires_at: '2099-12-31T22:00:00.000Z' });
  const entries = () => get('/fraud/lists/own_list/entries');
  expect((await entries()).body.data).toMatchObject([{ value: 'device ü', reason: 'seen' }]);
  await put({ reason: 'over', expires_at: '2020-01-01T00:00:00Z' });
  expect((await entries()).body.data).toEqual([]);
});

test('attributes tell what a rule may name', async () => {
  const { data } = (await get('/fraud/attributes')).body as { data: { name: string }[] };
  expect(data).toContainEqual(
    expect.objectContaining({ name: 'payer.count_1h', type: 'int', entity: 'payer', window: '1h' }),
  );
});

const cases = [
  ['small', { amount_minor: 499 }],
  ['reviewed', { amount_minor: 66_600 }],
  ['large, with a device', { amount_minor: 900_000, context: { device_id: 'd' } }],
  ['blocked payer', { amount_minor: 5, blocked: true }],
] as const;

test.each(cases)('one input, one verdict: tester, live and shadow (%s)', async (_, change) => {
  const { blocked = false, ...body } = { blocked: false, ...change };
  const rules = await readDefaultRules();
  const loaded = loadRuleSet(rules);
  if (!loaded.ok) throw new Error('the shipped rules do not load');
  const { ruleSet } = loaded;
  const id = await draftOf(rules);
  const entry = `/fraud/lists/blocked/entries/${payer.id}`;
  const version = async () => {
    const row: unknown = await ground.db
      .knex('fraud_list_change')
      .max('version as version')
      .first();
    return Number((row as { version: string }).version);
  };
  if (blocked) await edge.call('PUT', entry, { token: ada, json: { reason: 'the matrix' } });
  const wanted = await version();
  const parties = { payer_wallet_id: payer.walletId, payee_wallet_id: payee.walletId };
  const request = { ...parties, currency: 'USD', ...body, ruleset_id: id };
  // The desk's lists are at most a second behind.
  let answer = await post('/fraud_detection', ada, request);
  await waitUntil(async () => {
    answer = await post('/fraud_detection', ada, request);
    return answer.body.lists_version === wanted;
  }, 'the desk knows the lists');
  const context = { ip: null, device_id: null, card_bin: null, card_fingerprint: null };
  const payment = {
    ...{ ...parties, payer_id: payer.id, payee_id: payee.id, currency: 'USD', reference: null },
    ...{ capture: 'automatic', amount_minor: BigInt(body.amount_minor), accepted_at: Date.now() },
    context: { ...context, country: null, ...('context' in body ? body.context : {}) },
  };
  const on = { list: 'blocked', value: payer.id, expiresAtMs: null, atMs: 0 };
  const changes = blocked ? [{ ...on, version: 1, action: 'put' as const }] : [];
  const lists = { current: () => createListHistory(changes) };
  const clock = { nowMs: () => Date.now() };
  const plan = planOf(ruleSet);
  const deps = { velocity, lists, clock, liveRules: { current: () => plan } };
  const tried = await createDryRun(deps).decide(payment);
  const asLive = plan.decide(randomUUID(), { ...inputOf(tried.decision), payment });
  const asShadow = scorePayment({ ...inputOf(asLive), payment, ruleSet });
  const verdict = ({ outcome, score, findings, ruleset_hash }: typeof asLive) => ({
    ...{ outcome, score, ruleset_hash },
    findings: findings.map(({ rule, result }) => ({ rule, result })),
  });
  expect(verdict(asLive)).toEqual(verdict(tried.decision));
  expect(verdict(asShadow)).toEqual(verdict(asLive));
  const { outcome, score, ruleset_hash, findings } = answer.body as ReturnType<typeof verdict>;
  const matched = findings.filter(({ result }) => String(result) !== 'no_match');
  expect(verdict(tried.decision)).toEqual({
    ...{ outcome, score, ruleset_hash },
    findings: matched.map(({ rule, result }) => ({ rule, result })),
  });
  expect(findings.length).toBe(ruleSet.rules.length);
  if (blocked) await edge.call('DELETE', entry, { token: ada });

  function inputOf(decision: typeof tried.decision) {
    const values = new Float64Array(features.length).fill(NaN);
    decision.features.forEach((value, at) => {
      if (value !== null) values[at] = Number(value);
    });
    const history = lists.current();
    return {
      ...{ features: values, degraded: decision.degraded, decidedAtMs: decision.decided_at },
      ...{ lists: history.atVersion(1, decision.decided_at), listsVersion: 1, countersUs: 0 },
    };
  }
});

test('trying a payment counts nothing', async () => {
  const parties = { payer_wallet_id: payer.walletId, payee_wallet_id: payee.walletId };
  const ask = () => post('/fraud_detection', ada, { ...parties, amount_minor: 5, currency: 'USD' });
  const features = async () => (await ask()).body.features as Record<string, number>;
  for (let n = 0; n < 3; n += 1) await ask();
  expect((await features())['payer.count_1h'] ?? 0).toBe(0);
});

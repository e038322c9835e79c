import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createDatabase,
  createDraft,
  createList,
  features,
  moveRuleSet,
  publishRuleSet,
  putListEntry,
  removeListEntry,
  rollBackRuleSet,
  type Database,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics, type Metrics } from '@wallet/runtime';
import { createLiveLists, type LiveLists } from './live-lists.ts';
import { createLiveRules, isInRollout, type LiveRules } from './live-rules.ts';

let database: TestDatabase;
let db: Database;
let opened: { close(): Promise<void> }[];
beforeEach(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, applicationName: 'test rules', role: 'wallet_app' });
  opened = [];
});
afterEach(async () => {
  for (const each of opened) await each.close();
  await db.close();
  await database.drop();
});

// Broken sets are logged as errors; here they are wanted.
const log = createLog({ role: 'test', level: 'silent' });
const { signal } = new AbortController();
const person = () => ({ id: randomUUID(), role: 'analyst', requestId: null }) as const;
const [ada, bob] = [person(), person()];
const shipped = 'review "shipped" when amount_minor > 1000000';
/** What the contract promises. */
const actsWithinMs = 2_000;

/** What a process has. */
async function newProcess(): Promise<{ rules: LiveRules; lists: LiveLists; metrics: Metrics }> {
  const metrics = createMetrics({ role: 'test' });
  const rules = await createLiveRules({ database: db, shipped, log, metrics, signal });
  const lists = await createLiveLists({ database: db, log, signal });
  opened.push(rules, lists);
  return { rules, lists, metrics };
}

async function approved(rules: string): Promise<string> {
  const made = await createDraft(db, { name: 'set', rules }, ada);
  if (!made.ok) throw new Error(made.reason);
  const { id } = made.ruleSet;
  await moveRuleSet(db, id, { action: 'submit', actor: ada });
  await moveRuleSet(db, id, { action: 'approve', actor: bob });
  return id;
}

async function publish(id: string, percent = 100): Promise<void> {
  const evidenceOf = async () => ({ shadowPayments: 0, backtested: false });
  const published = await publishRuleSet(db, id, { percent, gate: null, evidenceOf, actor: ada });
  expect(published).toMatchObject({ ok: true });
}

const payment = {
  ...{ payer_id: 'payer', payee_id: 'payee', payer_wallet_id: 'a', payee_wallet_id: 'b' },
  ...{ amount_minor: 500n, currency: 'USD', capture: 'automatic', reference: null },
  accepted_at: 1_800_000_000_000,
  context: { ip: null, device_id: null, card_bin: null, card_fingerprint: null, country: null },
};
const input = {
  ...{ payment, degraded: false, decidedAtMs: 1, lists: new Map(), listsVersion: 0, countersUs: 0 },
  features: new Float64Array(features.length).fill(NaN),
};
const rulesThatHit = ({ rules }: { rules: LiveRules }, id = randomUUID()): string[] =>
  rules
    .current()
    .decide(id, input)
    .findings.map(({ rule }) => rule);

/** How long it takes until it holds, in milliseconds. */
async function timeUntil(holds: () => boolean): Promise<number> {
  const startedMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedMs > 10_000) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - startedMs;
}

test('before anything is published the shipped text decides', async () => {
  const only = await newProcess();
  expect(only.rules.current().live.rules.map(({ name }) => name)).toEqual(['shipped']);
});

test('two processes take a published set, and a roll back, within two seconds', async () => {
  await publish(await approved('review "first" when amount_minor > 1'));
  const processes = [await newProcess(), await newProcess()];
  const all = (name: string) => () => processes.every((each) => rulesThatHit(each).includes(name));
  expect(all('first')()).toBe(true);
  await publish(await approved('block "second" when amount_minor > 1'));
  expect(await timeUntil(all('second'))).toBeLessThan(actsWithinMs);
  await rollBackRuleSet(db, { actor: bob });
  expect(await timeUntil(all('first'))).toBeLessThan(actsWithinMs);
});

test('list entries act within two seconds, and so does their end', async () => {
  const { lists } = await newProcess();
  await createList(db, { name: 'own', description: 'ours' }, ada);
  const held = (): boolean => {
    const history = lists.current();
    return history.atVersion(history.version, Date.now()).get('own')?.has('x') === true;
  };
  const expiresAt = new Date(Date.now() + 1_500);
  await putListEntry(db, { list: 'own', value: 'x', reason: 'r', expiresAt }, ada);
  expect(await timeUntil(held)).toBeLessThan(actsWithinMs);
  await timeUntil(() => !held());
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
  await putListEntry(db, { list: 'own', value: 'x', reason: 'again' }, ada);
  expect(await timeUntil(held)).toBeLessThan(actsWithinMs);
  await removeListEntry(db, { list: 'own', value: 'x', reason: 'over' }, ada);
  expect(await timeUntil(() => !held())).toBeLessThan(actsWithinMs);
});

test('a rollout takes the same payments in every process, about as many as it says', async () => {
  await publish(await approved('review "all" when amount_minor > 1'));
  await publish(await approved('block "some" when amount_minor > 1'), 20);
  const [one, two] = [await newProcess(), await newProcess()];
  const ids = Array.from({ length: 5_000 }, () => randomUUID());
  const some = ids.filter((id) => rulesThatHit(one, id).includes('some'));
  expect(ids.filter((id) => rulesThatHit(two, id).includes('some'))).toEqual(some);
  expect(some.length / ids.length).toBeGreaterThan(0.17);
  expect(some.length / ids.length).toBeLessThan(0.23);
  const { hash } = one.rules.current().live;
  expect(some.every((id) => isInRollout(id, hash, 50))).toBe(true);
  expect(one.rules.current().hashes.length).toBe(2);
});

test('a set that this process cannot compile is told, and the one before decides', async () => {
  await publish(await approved('review "good" when amount_minor > 1'));
  const id = await approved('review "new" when amount_minor > 2');
  await publish(id);
  const newer = `review "new" when of_the_next_version > 2`;
  const owner = createDatabase({ url: database.url, applicationName: 'owner of test rules' });
  await owner.knex.raw('alter table fraud_ruleset disable trigger fraud_ruleset_immutable');
  await owner.knex('fraud_ruleset').where({ id }).update({ rules: newer });
  await owner.close();
  const only = await newProcess();
  expect(rulesThatHit(only)).toEqual(['good']);
  const unusable = (mode: 'live' | 'shadow') =>
    only.metrics.read('wallet_fraud_rulesets_unusable', { mode });
  expect(await unusable('live')).toBe(1);
  const broken = only.rules.current();
  await rollBackRuleSet(db, { actor: bob });
  await timeUntil(() => only.rules.current() !== broken);
  expect(only.rules.current().live.rules.map(({ name }) => name)).toEqual(['good']);
  expect((await unusable('live')) ?? 0).toBe(0);
});

test('a set that throws while it decides is put aside, and the last good one decides', async () => {
  await publish(await approved('review "good" when amount_minor > 1'));
  await publish(await approved('review "bad" when context.country == "DE" || amount_minor > 1'));
  const only = await newProcess();
  // A payment as no type allows it: reading it throws, in the newer set alone.
  const broken = { ...input, payment: { ...payment, context: null as never } };
  const plan = only.rules.current();
  expect(plan.decide(randomUUID(), broken).findings.map(({ rule }) => rule)).toEqual(['good']);
  expect(plan.decide(randomUUID(), input).findings.map(({ rule }) => rule)).toEqual(['good']);
  expect(await only.metrics.read('wallet_fraud_rulesets_unusable', { mode: 'live' })).toBe(1);
  await timeUntil(() => only.rules.current() !== plan);
  expect(only.rules.current().live.rules[0]?.name).toBe('good');
  expect(await only.metrics.read('wallet_fraud_rulesets_unusable', { mode: 'live' })).toBe(1);
});

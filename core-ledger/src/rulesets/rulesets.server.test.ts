import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../database/database.ts';
import { readDefaultRules } from '../fraud/default-rules.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { findPublication, publishFirst, publishRuleSet, rollBackRuleSet } from './publish.ts';
import { readPublished, readRuleSetVersion } from './published.ts';
import type { EvidenceGate } from './ruleset.ts';
import { createDraft, editDraft, findRuleSet, findRuleSetText, moveRuleSet } from './store.ts';

let database: TestDatabase;
let db: Database;
beforeEach(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, applicationName: 'test rulesets', role: 'wallet_app' });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const person = () => ({ id: randomUUID(), role: 'analyst', requestId: null }) as const;
const [ada, bob] = [person(), person()];
const rulesOf = (limit: number): string => `review "large" when amount_minor > ${limit}`;

async function draftOf(limit: number, author = ada): Promise<string> {
  const made = await createDraft(db, { name: `limit ${limit}`, rules: rulesOf(limit) }, author);
  if (!made.ok) throw new Error(made.reason);
  return made.ruleSet.id;
}

async function approvedOf(limit: number): Promise<string> {
  const id = await draftOf(limit);
  await moveRuleSet(db, id, { action: 'submit', actor: ada });
  await moveRuleSet(db, id, { action: 'approve', actor: bob });
  return id;
}

const publish = (id: string, percent = 100, more: { gate?: EvidenceGate; shadow?: number } = {}) =>
  publishRuleSet(db, id, {
    percent,
    gate: more.gate ?? null,
    evidenceOf: async () => ({ shadowPayments: more.shadow ?? 0, backtested: false }),
    actor: ada,
  });

const statusOf = async (id: string) => (await findRuleSet(db.knex, id))?.status;

test('a text that cannot be used is no draft, and every problem has its place', async () => {
  const broken = 'review "x" when amount_minr > 1\nblock "y" when currency > 3';
  const made = await createDraft(db, { name: 'broken', rules: broken }, ada);
  expect(made).toMatchObject({
    ok: false,
    reason: 'invalid_rules',
    problems: [{ line: 1, column: 17, code: 'unknown_attribute' }, { line: 2 }],
  });
});

test('the whole way: draft, shadow, submitted, approved by another, live, replaced', async () => {
  await publishFirst(db, { name: 'shipped', rules: await readDefaultRules() });
  const shipped = (await findPublication(db.knex))?.rulesetId ?? '';
  const id = await draftOf(1);
  expect(await editDraft(db, id, { name: 'n', rules: rulesOf(2) }, bob)).toMatchObject({
    reason: 'not_the_author',
  });
  expect(await editDraft(db, id, { name: 'n', rules: rulesOf(2) }, ada)).toMatchObject({
    ok: true,
  });
  expect(await publish(id)).toMatchObject({ reason: 'approval_required' });
  expect(await moveRuleSet(db, id, { action: 'shadow', actor: bob })).toMatchObject({
    ruleSet: { status: 'shadow' },
  });
  expect(await editDraft(db, id, { name: 'n', rules: rulesOf(3) }, ada)).toMatchObject({
    reason: 'wrong_status',
  });
  expect((await readPublished(db.knex)).shadows).toEqual([{ id, rules: rulesOf(2) }]);
  expect(await moveRuleSet(db, id, { action: 'approve', actor: bob })).toMatchObject({
    reason: 'wrong_status',
  });
  await moveRuleSet(db, id, { action: 'submit', actor: ada });
  expect(await moveRuleSet(db, id, { action: 'approve', actor: ada })).toMatchObject({
    reason: 'same_person',
  });
  expect(await moveRuleSet(db, id, { action: 'approve', actor: bob })).toMatchObject({ ok: true });
  expect(await publish(id)).toMatchObject({ ok: true, ruleSet: { status: 'live' } });
  expect(await statusOf(shipped)).toBe('retired');
  expect(await readPublished(db.knex)).toMatchObject({
    ...{ live: { id }, percent: 100, rest: null, shadows: [], earlier: [{ id: shipped }] },
  });
  const changes = await db
    .knex<Change>('object_change')
    .where('object_id', id)
    .orderBy('version')
    .select('actor', 'from_status', 'to_status', 'details');
  const told = changes.map(({ actor, from_status, to_status, details }) => [
    ...[details.action, actor, from_status, to_status],
  ]);
  expect(told).toEqual([
    ['create', ada.id, null, 'draft'],
    ['edit', ada.id, 'draft', 'draft'],
    ['shadow', bob.id, 'draft', 'shadow'],
    ['submit', ada.id, 'shadow', 'submitted'],
    ['approve', bob.id, 'submitted', 'approved'],
    ['publish', ada.id, 'approved', 'live'],
  ]);
  for (const { details } of changes)
    expect(await findRuleSetText(db.knex, details.after.hash)).toMatch(/amount_minor > [12]/);
});

type Change = {
  object_id: string;
  version: number;
  actor: string;
  from_status: string | null;
  to_status: string;
  details: { action: string; after: { hash: string } };
};

test('the database itself keeps what has left its draft, and the second person', async () => {
  const id = await draftOf(1);
  await moveRuleSet(db, id, { action: 'submit', actor: ada });
  const row = () => db.knex('fraud_ruleset').where({ id });
  await expect(row().update({ rules: rulesOf(9) })).rejects.toThrow('never changes');
  await expect(row().update({ approved_by: ada.id })).rejects.toThrow('second_person');
});

test('a rollout goes up in steps, alone, and the rest stays where it was', async () => {
  const [a, b, c] = [await approvedOf(1), await approvedOf(2), await approvedOf(3)];
  expect(await publish(a, 10)).toMatchObject({ ok: true });
  expect(await readPublished(db.knex)).toMatchObject({ live: { id: a }, percent: 100, rest: null });
  await publish(b, 10);
  expect(await readPublished(db.knex)).toMatchObject({
    live: { id: b },
    percent: 10,
    rest: { id: a },
  });
  expect([await statusOf(a), await statusOf(b)]).toEqual(['live', 'live']);
  expect(await publish(c)).toMatchObject({ reason: 'rollout_under_way' });
  await publish(b, 50);
  const before = await readRuleSetVersion(db.knex);
  await publish(b, 50);
  expect(await readRuleSetVersion(db.knex)).toBe(before);
  await publish(b, 100);
  expect(await readPublished(db.knex)).toMatchObject({ live: { id: b }, percent: 100, rest: null });
  expect([await statusOf(a), await statusOf(b)]).toEqual(['retired', 'live']);
  expect(await publish(b, 20)).toMatchObject({ reason: 'wrong_status' });
});

test('a roll back is one step, and the next one goes further', async () => {
  expect(await rollBackRuleSet(db, { actor: bob })).toMatchObject({
    reason: 'nothing_to_roll_back',
  });
  const [a, b, c] = [await approvedOf(1), await approvedOf(2), await approvedOf(3)];
  for (const [id, percent] of [
    [a, 100],
    [b, 10],
    [b, 100],
    [c, 30],
  ] as const)
    await publish(id, percent);
  const inForce = async () => {
    const { live, rest } = await readPublished(db.knex);
    return [live?.id, rest?.id ?? null];
  };
  expect(await inForce()).toEqual([c, b]);
  await rollBackRuleSet(db, { actor: bob, reason: 'too many declines' });
  expect(await inForce()).toEqual([b, null]);
  expect([await statusOf(a), await statusOf(b), await statusOf(c)]).toEqual([
    ...['retired', 'live', 'retired'],
  ]);
  await rollBackRuleSet(db, { actor: bob });
  expect(await inForce()).toEqual([a, null]);
  expect(await rollBackRuleSet(db, { actor: bob })).toMatchObject({ ok: false });
});

test('the gate asks for evidence on the set itself', async () => {
  const id = await approvedOf(1);
  const gate = { shadowPayments: 100, backtest: false };
  expect(await publish(id, 100, { gate, shadow: 99 })).toMatchObject({
    reason: 'evidence_required',
  });
  expect(await publish(id, 100, { gate, shadow: 100 })).toMatchObject({ ok: true });
});

test('a broken set cannot be published, nor rolled back to', async () => {
  const [good, id] = [await approvedOf(1), await draftOf(2)];
  // As an engine that knows less would find it: written past the checks.
  await db.knex('fraud_ruleset').where({ id }).update({ rules: 'review "x" when gone > 1' });
  await moveRuleSet(db, id, { action: 'submit', actor: ada });
  await moveRuleSet(db, id, { action: 'approve', actor: bob });
  await publish(good);
  expect(await publish(id)).toMatchObject({ ok: false, reason: 'invalid_rules' });
  expect(await readPublished(db.knex)).toMatchObject({ live: { id: good } });
});

test('the first set is published once, whoever comes first', async () => {
  const rules = await readDefaultRules();
  await Promise.all([1, 2, 3].map(() => publishFirst(db, { name: 'shipped', rules })));
  expect(await db.knex('fraud_publication').select('id')).toHaveLength(1);
  await expect(publishFirst(db, { name: 'x', rules: 'nonsense' })).resolves.toBeUndefined();
});

test('a first set that cannot be used is a fault that says where', async () => {
  const failing = publishFirst(db, { name: 'x', rules: 'blok "x" when true' });
  await expect(failing).rejects.toThrow('line 1, column 1');
});

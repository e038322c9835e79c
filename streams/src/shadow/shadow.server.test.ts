import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createConnection,
  createDatabase,
  createDraft,
  createListHistory,
  loadRuleSet,
  moveRuleSet,
  readShadowReport,
  type Connection,
  type Database,
  type RuleSet,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics } from '@wallet/runtime';
import { topics, type InboundRecord } from '@wallet/schemas';
import {
  createTestWire,
  sampleDecision,
  samplePaymentIntent,
  type TestWire,
} from '@wallet/schemas/testing';
import { planOf, type ShadowSet } from '../fraud/live-rules.ts';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { createShadowProcessor, shadowGroup } from './processor.ts';

let database: TestDatabase;
let db: Database;
let wire: TestWire;
const connections: Connection[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, applicationName: 'test shadow', role: 'wallet_app' });
  wire = await createTestWire('shadow');
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await db.close();
  await database.drop();
  await wire.close();
});

const ada = { id: randomUUID(), role: 'analyst', requestId: null } as const;

async function shadowOf(rules: string): Promise<ShadowSet> {
  const made = await createDraft(db, { name: 'candidate', rules }, ada);
  const loaded = loadRuleSet(rules);
  if (!made.ok || !loaded.ok) throw new Error('the rules do not load');
  await moveRuleSet(db, made.ruleSet.id, { action: 'shadow', actor: ada });
  return { id: made.ruleSet.id, ruleSet: loaded.ruleSet };
}

/** A member of the group, with sets of one's choice. */
async function join(shadows: ShadowSet[], mostEvaluations?: number) {
  const options = { url: database.url, applicationName: 'test', role: 'wallet_app' } as const;
  const connection = await createConnection(options);
  connections.push(connection);
  const offsets = createStandingOffsets(db, shadowGroup);
  await offsets.positions(topics.paymentScored.name, [partition]);
  const live = loadRuleSet('allow "all" when true');
  if (!live.ok) throw new Error('the live rules do not load');
  const metrics = createMetrics({ role: 'test' });
  const processor = createShadowProcessor({
    ...{ connection, codec: wire.wire.codec, offsets, metrics },
    log: createLog({ role: 'test', level: 'silent' }),
    liveRules: { current: () => ({ ...planOf(live.ruleSet), shadows }) },
    lists: { current: () => lists },
    ...(mostEvaluations === undefined ? {} : { mostEvaluations }),
  });
  return { ...processor, metrics };
}

const lists = createListHistory([
  { version: 1, list: 'known', value: 'x', action: 'put', expiresAtMs: null, atMs: 0 },
  { version: 2, list: 'known', value: 'x', action: 'remove', expiresAtMs: null, atMs: 0 },
]);
const partition = 0;
let offset = 0;
function scored(
  amountMinor: bigint,
  more: Partial<Parameters<typeof sampleDecision>[0]> = {},
): InboundRecord {
  const intent = samplePaymentIntent({
    ...{ intent_id: randomUUID(), amount_minor: amountMinor, currency: 'USD', payer_id: 'x' },
  });
  const decision = sampleDecision({ outcome: 'approve', features: [7n, null], ...more });
  const value = wire.wire.codec.encode(topics.paymentScored, { intent, decision });
  const place = { topic: topics.paymentScored.name, partition, offset: offset++ };
  return { ...place, timestampMs: 0, key: 'key', value, headers: {} };
}

test('each payment counts once for each set, with outcomes, rules and money', async () => {
  const strict = await shadowOf('block "large" when amount_minor > 500');
  const mild = await shadowOf('review "busy" when payer.count_5m >= 7 && amount_minor > 900');
  const member = await join([strict, mild]);
  const records = [scored(100n), scored(600n), scored(1_000n, { outcome: 'block' })];
  await member.handle(records);
  // Again: redelivered to the same member, and to one that has just joined.
  await member.handle(records);
  await (await join([strict, mild])).handle(records);
  const usd = { currency: 'USD' };
  expect(await readShadowReport(db.knex, strict.id)).toEqual({
    ...{ payments: 3, skipped: 0 },
    agreement: [
      { ...usd, live: 'approve', shadow: 'approve', payments: 1, amountMinor: 100n },
      { ...usd, live: 'approve', shadow: 'block', payments: 1, amountMinor: 600n },
      { ...usd, live: 'block', shadow: 'block', payments: 1, amountMinor: 1_000n },
    ],
    rules: [
      { ...usd, rule: 'large', live: 'approve', hits: 1, amountMinor: 600n },
      { ...usd, rule: 'large', live: 'block', hits: 1, amountMinor: 1_000n },
    ],
  });
  const { rules } = await readShadowReport(db.knex, mild.id);
  expect(rules).toEqual([{ ...usd, rule: 'busy', live: 'block', hits: 1, amountMinor: 1_000n }]);
  const hit = { rule: 'large', mode: 'shadow' } as const;
  expect(await member.metrics.read('wallet_fraud_rule_hits_total', hit)).toBe(2);
});

test('a member whose partition another one has taken counts nothing more', async () => {
  const set = await shadowOf('block "all" when true');
  const [zombie, successor] = [await join([set]), await join([set])];
  const records = [scored(1n), scored(2n)];
  await successor.handle(records);
  await expect(zombie.handle(records)).rejects.toMatchObject({ code: 'zombie' });
  expect((await readShadowReport(db.knex, set.id)).payments).toBe(2);
});

test('lists stand as they did when the payment was decided', async () => {
  const set = await shadowOf('block "known" when payer.id in lists.known');
  const member = await join([set]);
  await member.handle([1, 2].map((lists_version) => scored(1n, { lists_version })));
  const { agreement } = await readShadowReport(db.knex, set.id);
  expect(agreement.map(({ shadow, payments }) => [shadow, payments])).toEqual([
    ['approve', 1],
    ['block', 1],
  ]);
});

test('what would cost too much is left out for every set alike, and told', async () => {
  const sets = [await shadowOf('block "a" when true'), await shadowOf('block "b" when true')];
  const member = await join(sets, 100);
  await member.handle(Array.from({ length: 200 }, () => scored(1n)));
  const reports = [];
  for (const { id } of sets) reports.push(await readShadowReport(db.knex, id));
  const [first, second] = reports;
  expect(second?.payments).toBe(first?.payments);
  expect((first?.payments ?? 0) + (first?.skipped ?? 0)).toBe(200);
  expect(first?.payments).toBeGreaterThan(10);
  expect(first?.payments).toBeLessThan(110);
  const skipped = await member.metrics.read('wallet_fraud_shadow_payments_total', {
    result: 'skipped',
  });
  expect(skipped).toBe(2 * (first?.skipped ?? 0));
});

test('a set that fails is left out, the others go on', async () => {
  const good = await shadowOf('block "good" when true');
  const id = (await shadowOf('review "bad" when true')).id;
  const throws = (): never => {
    throw new Error('a rule gone wrong');
  };
  const bad = { id, ruleSet: { ...good.ruleSet, hash: 'bad', evaluate: throws } as RuleSet };
  const member = await join([bad, good]);
  await member.handle([scored(1n), scored(2n)]);
  expect((await readShadowReport(db.knex, good.id)).payments).toBe(2);
  expect((await readShadowReport(db.knex, id)).payments).toBe(0);
  const unusable = { mode: 'shadow' } as const;
  expect(await member.metrics.read('wallet_fraud_rulesets_unusable', unusable)).toBe(1);
});

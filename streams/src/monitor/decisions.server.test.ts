import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createDatabase,
  features,
  keepRuleSetText,
  loadListHistory,
  loadRuleSet,
  putListEntries,
  readDefaultRules,
  type Database,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics } from '@wallet/runtime';
import { topics, type Decision, type PaymentIntent } from '@wallet/schemas';
import { createTestWire, samplePaymentIntent, type TestWire } from '@wallet/schemas/testing';
import { planOf } from '../fraud/live-rules.ts';
import { createDecisionLook } from './decisions.ts';

let database: TestDatabase;
let db: Database;
let wire: TestWire;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, applicationName: 'test explain' });
  wire = await createTestWire('explain');
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await wire.close();
});

const log = createLog({ role: 'test', level: 'silent' });
const decisions = 10_000;
const seed = Number(process.env.PROPERTY_SEED ?? Date.now());

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function createRandom(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function insert(rows: { intent: PaymentIntent; decision: Decision }[]): Promise<void> {
  await db.knex.batchInsert(
    'decision',
    rows.map(({ intent, decision }) => ({
      ...{ payment_id: intent.intent_id, outcome: decision.outcome, score: decision.score },
      ...{ degraded: decision.degraded, ruleset_hash: decision.ruleset_hash },
      decided_at: new Date(decision.decided_at),
      scored: wire.wire.codec.encode(topics.paymentScored, { intent, decision }),
    })),
    500,
  );
}

/** Looks until so many decisions were made again. */
async function look(atLeast: number) {
  const metrics = createMetrics({ role: 'test' });
  const once = createDecisionLook({
    ...{ database: db, codec: wire.wire.codec, log, metrics, draws: 5_000 },
  });
  const read = async (result: 'match' | 'mismatch' | 'not_comparable') =>
    (await metrics.read('wallet_fraud_decisions_explained_total', { result })) ?? 0;
  const all = async () => ({
    ...{ match: await read('match'), mismatch: await read('mismatch') },
    not_comparable: await read('not_comparable'),
  });
  for (;;) {
    await once();
    const { match, mismatch, not_comparable } = await all();
    if (match + mismatch + not_comparable >= atLeast) return all();
  }
}

test(`${decisions} sampled decisions come out to the bit as they were recorded`, async () => {
  const random = createRandom(seed);
  const rules = await readDefaultRules();
  const loaded = loadRuleSet(rules);
  if (!loaded.ok) throw new Error('the shipped rules do not load');
  await keepRuleSetText(db.knex, { hash: loaded.ruleSet.hash, rules });
  const people = Array.from({ length: 20 }, (_, index) => `person ${index}`);
  const anyone = (): string => people[Math.floor(random() * people.length)] ?? '';
  const nowMs = Date.now();
  for (let n = 0; n < 30; n += 1) {
    const expiresAt = random() < 0.5 ? undefined : new Date(nowMs + random() * 10_000);
    const list = random() < 0.7 ? 'trusted' : 'blocked';
    await putListEntries(db, [{ list, value: anyone(), reason: 'r', expiresAt }]);
  }
  const history = await loadListHistory(db.knex);
  const plan = planOf(loaded.ruleSet);
  const rows = Array.from({ length: decisions }, () => {
    const intent = samplePaymentIntent({
      ...{ intent_id: randomUUID(), payer_id: anyone(), payee_id: anyone() },
      amount_minor: BigInt(1 + Math.floor(random() * 100_000)),
    });
    const decidedAtMs = nowMs + Math.floor(random() * 12_000);
    const listsVersion = Math.floor(random() * (history.version + 1));
    const values = Float64Array.from(features, () =>
      random() < 0.2 ? NaN : Math.floor(random() * 30),
    );
    const decision = plan.decide(intent.intent_id, {
      ...{ payment: intent, features: values, degraded: random() < 0.05, decidedAtMs },
      ...{ lists: history.atVersion(listsVersion, decidedAtMs), listsVersion, countersUs: 1 },
    });
    return { intent, decision };
  });
  await insert(rows);
  const outcomes = new Set(rows.map(({ decision }) => decision.outcome));
  expect({ seed, outcomes: outcomes.size }).toEqual({ seed, outcomes: 3 });
  const { match, mismatch, not_comparable } = await look(decisions);
  expect({ seed, mismatch, not_comparable }).toEqual({ seed, mismatch: 0, not_comparable: 0 });
  expect(match).toBeGreaterThanOrEqual(decisions);
  // One that somebody has changed is found, and one whose rules nobody has is told apart.
  await db.knex('decision').delete();
  const [first, second, third] = rows;
  if (!first || !second || !third) throw new Error('nothing was decided');
  await insert([
    first,
    { ...second, decision: { ...second.decision, score: second.decision.score + 1 } },
    { ...third, decision: { ...third.decision, ruleset_hash: 'f'.repeat(64) } },
  ]);
  const changed = await look(3);
  expect(changed.mismatch).toBeGreaterThanOrEqual(1);
  expect(changed.not_comparable).toBeGreaterThanOrEqual(1);
}, 120_000);

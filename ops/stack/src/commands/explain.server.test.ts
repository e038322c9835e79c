import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createDatabase,
  features,
  keepRuleSetText,
  loadRuleSet,
  type Database,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { topics, type Decision } from '@wallet/schemas';
import { createTestWire, samplePaymentIntent, type TestWire } from '@wallet/schemas/testing';
import { planOf } from '@wallet/streams';
import { explainCommand } from './explain.ts';

const rules = `
  review "large" when amount_minor > 100
  score "busy" score 10 when payer.count_1h > 3`;

let own: TestDatabase;
let database: Database;
let bench: TestWire;
beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test explain command' });
  bench = await createTestWire('explain-command');
});
afterAll(async () => {
  await bench?.close();
  await database?.close();
  await own?.drop();
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const environment = {
    DATABASE_URL: own.url,
    KAFKA_BROKERS: bench.brokers.join(),
    SCHEMA_REGISTRY_URL: bench.registryUrl,
    KAFKA_TOPIC_PREFIX: bench.topicPrefix,
  };
  const print = (line: string): void => void lines.push(line);
  return { code: await explainCommand(args, { environment, print }), text: lines.join('\n') };
}

/** Decides a payment of 500, with no counter known, and keeps what settlement would keep. */
async function decided(change: Partial<Decision> = {}): Promise<string> {
  const loaded = loadRuleSet(rules);
  if (!loaded.ok) throw new Error('the rules do not load');
  await keepRuleSetText(database.knex, { hash: loaded.ruleSet.hash, rules });
  const intent = samplePaymentIntent({ intent_id: randomUUID(), amount_minor: 500n });
  const decidedAtMs = Date.now();
  const made = planOf(loaded.ruleSet).decide(intent.intent_id, {
    ...{ payment: intent, features: new Float64Array(features.length).fill(NaN), decidedAtMs },
    ...{ degraded: false, lists: new Map(), listsVersion: 0, countersUs: 1 },
  });
  const decision = { ...made, ...change };
  const { outcome, score, degraded, ruleset_hash } = decision;
  await database.knex('decision').insert({
    ...{ payment_id: intent.intent_id, outcome, score, degraded, ruleset_hash },
    decided_at: new Date(decidedAtMs),
    scored: bench.wire.codec.encode(topics.paymentScored, { intent, decision }),
  });
  return intent.intent_id;
}

test('says what decided and what was missing, and that it comes out the same', async () => {
  const id = await decided();
  const { code, text } = await run(id.toUpperCase());
  expect(text).toContain('outcome   review, score 0');
  expect(text).toMatch(/^ {2}match +review "large"$/m);
  expect(text).toMatch(/^ {2}not_evaluated score "busy": no payer.count_1h$/m);
  expect(text).toMatch(/^✓/m);
  expect(code).toBe(0);
});

test('a record that somebody changed, one without its rules, and none at all', async () => {
  const forged = await decided({ outcome: 'approve' });
  const changed = await run(forged);
  expect(changed.text).toContain('outcome: recorded "approve", now "review"');
  const orphan = await run(await decided({ ruleset_hash: 'f'.repeat(64) }));
  expect(orphan.text).toContain('it cannot be made again: nobody kept the set ffff');
  const none = await run(randomUUID());
  expect(none.text).toContain('is recorded');
  expect([changed.code, orphan.code, none.code]).toEqual([1, 1, 1]);
  // A sample finds them, and names what was changed.
  const sample = await run('--sample', '50000');
  expect(sample.text).toContain(`✗ ${forged}`);
  expect(sample.text).toMatch(/^✗ 3 decisions made again: 1 the same, 1 otherwise, 1 cannot be/m);
  expect(sample.code).toBe(1);
});

test('a sample of decisions that all come out the same is good', async () => {
  await database.knex('decision').delete();
  for (let count = 0; count < 20; count += 1) await decided();
  const { code, text } = await run('--sample', '2000');
  // By chance none of the draws may fall on a decision whose id is close behind another.
  expect(text).toMatch(
    /^✓ (1\d|20) decisions made again: \1 the same, 0 otherwise, 0 cannot be made again$/,
  );
  expect(code).toBe(0);
});

test('what it cannot take is misuse', async () => {
  for (const args of [[], ['x'], ['--sample'], ['--sample', '0'], ['--sample', '1', '2']])
    expect(await run(...args)).toMatchObject({ code: 2, text: expect.stringContaining('usage') });
});

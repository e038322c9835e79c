import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  cancelBacktest,
  claimBacktest,
  createBacktest,
  createDatabase,
  features,
  findBacktest,
  listDifferences,
  loadListHistory,
  loadRuleSet,
  type Backtest,
  type BacktestReport,
  type Database,
  type RuleSet,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { topics, type DisputeEvent, type PaymentIntent } from '@wallet/schemas';
import { createTestWire, samplePaymentIntent, type TestWire } from '@wallet/schemas/testing';
import { recordingPlan, velocityPlan } from '../fraud/plan.ts';
import { scorePayment } from '../fraud/scoring.ts';
import { createVelocity } from '../fraud/velocity.ts';
import { outcomesOfDispute } from '../outcomes/outcome.ts';
import { isInRollout } from '../fraud/live-rules.ts';
import { runBacktest, type Worker } from './run.ts';

const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const minute = 60_000;
const hour = 60 * minute;
/** A fixed day: nothing here depends on the clock. */
const start = Date.UTC(2026, 4, 20);
const payments = 4_000;
const gapMs = 30_000;
const [judgedFrom, judgedTo] = [start + 10 * hour, start + 30 * hour];

const champion = `
  block "many small" score 50 when payer.count_1h >= 4 && amount_minor < 4000
  review "blocked payee" when payee.id in lists.watched`;
const candidate = `
  review "disputed payee" score 60 when payee.disputed_count_24h >= 2
  block "many small" score 50 when payer.count_1h >= 3 && amount_minor < 4000
  score "many payers" score 20 when payee.payers_24h >= 8
  review "blocked payee" when payee.id in lists.watched`;

let own: TestDatabase;
let database: Database;
let bench: TestWire;
let intents: PaymentIntent[];
let disputes: DisputeEvent[];

beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test backtests' });
  bench = await createTestWire('backtests');
  intents = Array.from({ length: payments }, (_, index) => intentAt(index));
  disputes = intents.filter((_, index) => index % 40 === 7).map(disputeOf);
  await database.knex('fraud_list').insert({ name: 'watched', description: 'of this test' });
  await watch('payee-3', 1, start + 15 * hour);
  await publish();
});
afterAll(async () => {
  await bench.close();
  await database.close();
  await own.drop();
});

/** Payers of uneven activity, a few payees; every 50th comes late. */
function intentAt(index: number): PaymentIntent {
  const payer = `payer-${Math.floor((index * 7919) % 97 ** 1.5) % 60}`;
  const late = index % 50 === 0 ? 2 * minute : 0;
  return samplePaymentIntent({
    ...{ payer_id: payer, payer_wallet_id: payer, payee_id: `payee-${index % 9}` },
    amount_minor: BigInt(1_000 + ((index * 37) % 90) * 100),
    accepted_at: start + index * gapMs - late,
    context: { ...samplePaymentIntent().context, device_id: `device-${index % 11}` },
  });
}

function disputeOf(intent: PaymentIntent): DisputeEvent {
  const openedMs = intent.accepted_at + 3 * hour;
  return {
    ...{ event_id: randomUUID(), type: 'dispute.opened', dispute_id: randomUUID() },
    ...{ dispute_version: 1, payment_id: intent.intent_id, status: 'needs_response' },
    ...{ stage: 'chargeback', reason: 'fraudulent', appealed: false },
    ...{ payer_wallet_id: intent.payer_wallet_id, payee_wallet_id: intent.payee_wallet_id },
    ...{ payer_id: intent.payer_id, payee_id: intent.payee_id, currency: 'USD' },
    ...{
      amount_minor: intent.amount_minor,
      awarded_minor: 0n,
      decided_at: null,
      failure_code: null,
      due_at: null,
    },
    ...{ payment_accepted_at: intent.accepted_at, opened_at: openedMs, occurred_at: openedMs },
  };
}

async function watch(value: string, version: number, atMs: number): Promise<void> {
  await database.knex('fraud_list_change').insert({
    ...{ version, list: 'watched', value, action: 'put', at: new Date(atMs) },
    ...{ reason: 'test', role: 'system' },
  });
}

async function publish(): Promise<void> {
  const { codec } = bench.wire;
  const publisher = bench.wire.createPublisher();
  const records = intents.map((intent) => ({
    ...{ topic: topics.paymentIntents.name, key: intent.payer_wallet_id },
    value: codec.encode(topics.paymentIntents, intent),
  }));
  // A producer wrote one record twice, and something that nobody can read stands in between.
  const doubled = records[2_000];
  if (doubled !== undefined)
    records.splice(2_001, 0, doubled, { ...doubled, value: Buffer.from('?') });
  const events = disputes.map((dispute) => ({
    ...{ topic: topics.disputeEvents.name, key: dispute.dispute_id },
    value: codec.encode(topics.disputeEvents, dispute),
  }));
  await publisher.publishAll([...records, ...events]);
  await publisher.close();
}

function workerOf(given: Partial<Worker> = {}): Worker {
  return {
    ...{ wire: bench.wire, database, id: randomUUID(), leaseMs: minute, checkpointMs: 0 },
    signal: { aborted: false },
    ...given,
  };
}

function load(rules: string): RuleSet {
  const loaded = loadRuleSet(rules);
  if (loaded.ok) return loaded.ruleSet;
  throw new Error(JSON.stringify(loaded.problems));
}

const setOf = (rules: string) => ({ id: null, hash: load(rules).hash, rules });

function request(rollout: Backtest['rollout'] = null): Promise<Backtest> {
  return createBacktest(database.knex, {
    ...{ candidate: setOf(candidate), champion: setOf(champion), rollout, requestedBy: null },
    ...{ from: new Date(judgedFrom), to: new Date(judgedTo), maturityDays: 1 },
  });
}

async function take(worker: Worker) {
  const claimed = await claimBacktest(database.knex, {
    ...{ worker: worker.id, leaseMs: worker.leaseMs },
  });
  if (claimed === null) throw new Error('there is no job');
  return claimed;
}

async function reportOf(id: string): Promise<BacktestReport | null | undefined> {
  return (await findBacktest(database.knex, id))?.report;
}

/** What the live path says when everything reaches it in the order of its time. */
async function decideLive() {
  const sets = { champion: load(champion), candidate: load(candidate) };
  const plan = velocityPlan({ features: [...sets.champion.features, ...sets.candidate.features] });
  const lists = await loadListHistory(database.knex);
  const keyPrefix = `test-${randomUUID()}:`;
  const { log, metrics } = bench;
  const velocity = await createVelocity({ url: redisUrl, keyPrefix, log, metrics });
  const told = [
    ...intents.map((intent) => ({ atMs: intent.accepted_at, intent })),
    ...disputes.map((dispute) => ({ atMs: dispute.occurred_at, dispute })),
  ].sort((a, b) => a.atMs - b.atMs);
  const decided = new Map<string, { champion: string; candidate: string }>();
  const unread = () => new Float64Array(features.length).fill(NaN);
  for (const [offset, one] of told.entries()) {
    const place = { partition: 0, offset, features: unread(), complete: true };
    if ('dispute' in one) {
      for (const { kind, parties, ...outcome } of outcomesOfDispute(one.dispute))
        await velocity.count(
          [{ ...outcome, ...place, payment: parties }],
          recordingPlan(kind),
          5_000,
        );
      continue;
    }
    const { intent, atMs } = one;
    const item = { payment: intent, id: intent.intent_id, atMs, ...place };
    const amountMinor = Number(intent.amount_minor);
    await velocity.count([{ ...item, amountMinor }], plan, 5_000);
    const counted = { payment: intent, features: place.features, degraded: false };
    const input = { ...counted, listsVersion: 1, countersUs: 0 };
    const outcomeOf = (ruleSet: RuleSet): string =>
      scorePayment({ ...input, decidedAtMs: atMs, ruleSet, lists: lists.asOf(atMs) }).outcome;
    decided.set(intent.intent_id, {
      ...{ champion: outcomeOf(sets.champion), candidate: outcomeOf(sets.candidate) },
    });
  }
  velocity.close();
  return decided;
}

/** Every row of every table that is not a backtest's. */
async function everythingElse(): Promise<Record<string, string>> {
  const { rows } = await database.knex.raw<{ rows: { name: string }[] }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'
       and table_name not like 'backtest%'`,
  );
  const hashes = rows.map(async ({ name }): Promise<[string, string]> => {
    const found = await database.knex.raw<{ rows: { hash: string }[] }>(
      "select md5(coalesce(string_agg(t::text, ';' order by t::text), '')) as hash from ?? t",
      [name],
    );
    return [name, found.rows[0]?.hash ?? ''];
  });
  return Object.fromEntries(await Promise.all(hashes));
}

test('both sets say what they would have said live, and nothing else is touched', async () => {
  const before = await everythingElse();
  const { id } = await request();
  const worker = workerOf();
  expect(await runBacktest(worker, await take(worker))).toBe('succeeded');
  expect(await everythingElse()).toEqual(before);

  const live = await decideLive();
  const inRange = intents.filter(
    ({ accepted_at }) => accepted_at >= judgedFrom && accepted_at < judgedTo,
  );
  const report = await reportOf(id);
  expect(report?.payments.payments).toBe(inRange.length);
  const expected: Record<string, number> = {};
  for (const { intent_id } of inRange) {
    const pair = live.get(intent_id);
    const key = `${pair?.champion} > ${pair?.candidate}`;
    expected[key] = (expected[key] ?? 0) + 1;
  }
  const found = Object.entries(report?.agreement ?? {}).flatMap(([from, row]) =>
    Object.entries(row).map(([to, { payments: count }]) => [`${from} > ${to}`, count] as const),
  );
  expect(Object.fromEntries(found.filter(([, count]) => count > 0))).toEqual(expected);
  expect(Object.keys(expected).length).toBeGreaterThan(4);
  expect(report?.unreadable).toBe(1);

  const listed = await listDifferences(database.knex, id, { position: 0, limit: 10_000 });
  const differing = inRange.filter(({ intent_id }) => {
    const pair = live.get(intent_id);
    return pair?.champion !== pair?.candidate;
  });
  expect(new Set(listed.map(({ paymentId }) => paymentId))).toEqual(
    new Set(differing.map(({ intent_id }) => intent_id)),
  );
  expect(report?.differences).toBe(listed.length);
}, 120_000);

test('during a rollout each set in force answers for its own share of the payments', async () => {
  const percent = 30;
  const listOf = async (rollout: Backtest['rollout']) => {
    const { id } = await request(rollout);
    const worker = workerOf();
    expect(await runBacktest(worker, await take(worker))).toBe('succeeded');
    const listed = await listDifferences(database.knex, id, { position: 0, limit: 10_000 });
    return { report: await reportOf(id), ids: listed.map(({ paymentId }) => paymentId) };
  };
  const whole = await listOf(null);
  // The rest is what is on trial already, so that only the champion's share can differ.
  const partly = await listOf({ percent, rest: setOf(candidate) });
  const { hash } = load(champion);
  const expected = whole.ids.filter((id) => isInRollout(id, hash, percent));
  expect(partly.ids).toEqual(expected);
  expect(expected.length).toBeGreaterThan(10);
  expect(expected.length).toBeLessThan(whole.ids.length / 2);
  expect(partly.report?.champion.rules.map(({ rule }) => rule).sort()).toEqual([
    ...['blocked payee', 'disputed payee', 'many payers', 'many small'],
  ]);
}, 120_000);

test('interrupted, it goes on from its checkpoint and finds the same', async () => {
  const whole = await request();
  const worker = workerOf();
  await runBacktest(worker, await take(worker));
  const { id } = await request();
  const ends: string[] = [];
  for (let turns = 2; ends.at(-1) !== 'succeeded' && turns < 20; turns += 2) {
    let asked = 0;
    // Asked once a turn: each worker comes a little further than the one before.
    const signal = {
      get aborted() {
        return (asked += 1) > turns;
      },
    };
    const next = workerOf({ signal, leaseMs: 1 });
    ends.push(await runBacktest(next, await take(next)));
  }
  expect(ends.length).toBeGreaterThan(2);
  expect(ends.at(-1)).toBe('succeeded');
  expect(await reportOf(id)).toEqual(await reportOf(whole.id));
  const list = (of: string) => listDifferences(database.knex, of, { position: 0, limit: 10_000 });
  expect(await list(id)).toEqual(await list(whole.id));
}, 120_000);

test('it ends at its next checkpoint when somebody cancels it', async () => {
  const { id } = await request();
  const worker = workerOf();
  const claimed = await take(worker);
  await cancelBacktest(database, id);
  expect(await runBacktest(worker, claimed)).toBe('canceled');
  expect(await findBacktest(database.knex, id)).toMatchObject({ status: 'canceled', report: null });
});

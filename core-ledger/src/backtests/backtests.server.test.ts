import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../database/database.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import type { Backtest, BacktestReport, Difference } from './backtest.ts';
import { readLabels } from './labels.ts';
import {
  cancelBacktest,
  createBacktest,
  findBacktest,
  hasFinishedBacktest,
  listBacktests,
  listDifferences,
} from './store.ts';
import { createTally } from './tally.ts';
import { claimBacktest, finishBacktest, releaseBacktest, saveCheckpoint } from './work.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, applicationName: 'test backtests' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const minute = 60_000;
const day = 86_400_000;
const start = Date.UTC(2026, 5, 1);
const report = { differences: 1 } as BacktestReport;
const setOf = (hash: string) => ({ id: null, hash, rules: 'review "all" when true' });

function request(hash = randomUUID()): Promise<Backtest> {
  return createBacktest(db.knex, {
    ...{ candidate: setOf(hash), champion: setOf('champion'), requestedBy: null },
    ...{ from: new Date(start), to: new Date(start + day), maturityDays: 7 },
  });
}

const checkpointOf = (listed: number) => ({
  ...{ done: { 't/0': 5 }, ends: { 't/0': 9 } },
  ...{ tally: createTally(), listed },
});

function difference(): Difference {
  return {
    ...{ paymentId: randomUUID(), acceptedAt: new Date(start), amountMinor: 500n },
    ...{ currency: 'USD', label: 'good' },
    champion: { outcome: 'approve', score: 0 },
    candidate: { outcome: 'review', score: 60 },
  };
}

describe('a job', () => {
  beforeEach(() =>
    db
      .knex('backtest')
      .where({ status: 'queued' })
      .update({
        ...{ status: 'canceled', finished_at: new Date() },
      }),
  );

  test('is taken once, goes on where its worker died, and ends with a report', async () => {
    const { id, candidate } = await request();
    const first = await claimBacktest(db.knex, { worker: randomUUID(), leaseMs: 1 });
    expect(first).toMatchObject({ backtest: { id, status: 'running' }, checkpoint: null });
    const worker = randomUUID();
    const job = { id, worker, leaseMs: minute };
    // The lease of a millisecond is over.
    expect(await claimBacktest(db.knex, { worker: worker, leaseMs: minute })).toMatchObject({
      attempts: 2,
    });
    expect(await claimBacktest(db.knex, { worker: randomUUID(), leaseMs: minute })).toBeNull();
    const differences = [difference(), difference()];
    const saving = { progress: { passed: 5, all: 9 }, checkpoint: checkpointOf(2), differences };
    expect(await saveCheckpoint(db, job, saving)).toBe('go_on');
    await releaseBacktest(db, job);
    const heir = { ...job, worker: randomUUID() };
    const again = await claimBacktest(db.knex, { worker: heir.worker, leaseMs: minute });
    expect(again).toMatchObject({ checkpoint: checkpointOf(2), attempts: 1 });
    expect(again?.backtest.progress).toEqual({ passed: 5, all: 9 });
    // Who has lost a job can neither save nor end it.
    expect(await saveCheckpoint(db, job, saving)).toBe('lost');
    expect(await finishBacktest(db, job, { report })).toBe(false);
    expect(await hasFinishedBacktest(db.knex, candidate.hash)).toBe(false);
    expect(await finishBacktest(db, heir, { report })).toBe(true);
    expect(await findBacktest(db.knex, id)).toMatchObject({
      ...{ status: 'succeeded', report, progress: { passed: 9, all: 9 } },
    });
    expect(await hasFinishedBacktest(db.knex, candidate.hash)).toBe(true);
    const listed = await listDifferences(db.knex, id, { position: 1, limit: 5 });
    expect(listed).toEqual(differences.slice(1).map((one) => ({ position: 1, ...one })));
  });

  test('fails with its reason', async () => {
    const { id } = await request();
    const worker = randomUUID();
    await claimBacktest(db.knex, { worker: worker, leaseMs: minute });
    expect(await finishBacktest(db, { id, worker }, { failure: 'no rules' })).toBe(true);
    expect(await findBacktest(db.knex, id)).toMatchObject({
      status: 'failed',
      failure: 'no rules',
    });
    expect(await cancelBacktest(db, id)).toEqual({ ok: false, reason: 'invalid_state' });
  });

  test('is canceled: at once while it waits, at its next checkpoint while it runs', async () => {
    const waiting = await request();
    for (let twice = 0; twice < 2; twice += 1)
      expect(await cancelBacktest(db, waiting.id)).toMatchObject({
        ...{ ok: true, backtest: { status: 'canceled' } },
      });
    const worker = randomUUID();
    expect(await claimBacktest(db.knex, { worker: worker, leaseMs: minute })).toBeNull();
    const { id } = await request();
    await claimBacktest(db.knex, { worker: worker, leaseMs: minute });
    expect(await cancelBacktest(db, id)).toMatchObject({ backtest: { status: 'running' } });
    const saving = {
      progress: { passed: 1, all: 9 },
      checkpoint: checkpointOf(0),
      differences: [],
    };
    expect(await saveCheckpoint(db, { id, worker, leaseMs: minute }, saving)).toBe('canceled');
    expect(await findBacktest(db.knex, id)).toMatchObject({ status: 'canceled' });
    expect(await cancelBacktest(db, randomUUID())).toEqual({
      ...{ ok: false, reason: 'no_such_backtest' },
    });
  });

  test('stands in the list, newest first, page by page', async () => {
    const made = [await request(), await request(), await request()].map(({ id }) => id);
    const first = await listBacktests(db.knex, { after: null, limit: 2 });
    const second = await listBacktests(db.knex, { after: first[1]?.id ?? '', limit: 1 });
    expect([...first, ...second].map(({ id }) => id)).toEqual(made.reverse());
  });
});

describe('labels', () => {
  const accepted = new Date(start + 5 * minute);
  const later = new Date(start + day);

  async function payment(status = 'captured'): Promise<string> {
    const id = randomUUID();
    await db.knex('payment').insert({
      ...{ id, payer_wallet_id: randomUUID(), payee_wallet_id: randomUUID() },
      ...{ payer_id: randomUUID(), payee_id: randomUUID(), amount_minor: 900, currency: 'USD' },
      ...{ accepted_at: accepted, status, capture: 'automatic', version: 1 },
    });
    return id;
  }

  async function dispute(paymentId: string, status: string, reason = 'fraudulent') {
    const open = status === 'needs_response';
    await db.knex('dispute').insert({
      ...{ id: randomUUID(), payment_id: paymentId, payer_wallet_id: randomUUID() },
      ...{ payee_wallet_id: randomUUID(), payer_id: randomUUID(), payee_id: randomUUID() },
      ...{ amount_minor: 900, asked_minor: 0, reserved_minor: 0, credited_minor: 0 },
      ...{ awarded_minor: 0, fee_minor: 0, accepted_at: later, version: 1, status, reason },
      ...{ payer_evidence: 0, payee_evidence: 0, stage: 'chargeback', description: '' },
      ...{ currency: 'USD', due_at: open ? later : null, decided_at: open ? null : later },
    });
    return paymentId;
  }

  async function reviewed(paymentId: string, status: string): Promise<string> {
    await db.knex('fraud_case').insert({
      ...{ id: randomUUID(), payment_id: paymentId, payer_id: randomUUID() },
      ...{ payee_id: randomUUID(), payer_wallet_id: randomUUID(), payee_wallet_id: randomUUID() },
      ...{ amount_minor: 900, accepted_at: accepted, due_at: later, closed_at: later },
      ...{ score: 60, status, currency: 'USD' },
    });
    return paymentId;
  }

  test('say what disputes and reviews found, as far as it was known', async () => {
    const expected = new Map([
      [await dispute(await payment(), 'lost'), 'fraud'],
      [await dispute(await payment(), 'expired'), 'fraud'],
      [await dispute(await payment(), 'lost', 'not_received'), 'good'],
      [await dispute(await payment(), 'won'), 'good'],
      [await dispute(await payment(), 'needs_response'), 'unknown'],
      [await reviewed(await payment('rejected'), 'rejected'), 'fraud'],
      [await reviewed(await payment(), 'approved'), 'good'],
      [await reviewed(await payment('rejected'), 'expired'), 'unknown'],
      [await payment('rejected'), 'unknown'],
      [await reviewed(await dispute(await payment(), 'lost'), 'approved'), 'fraud'],
    ]);
    const untroubled = await payment();
    const range = { from: new Date(start), to: new Date(start + 10 * minute) };
    const known = await readLabels(db.knex, { ...range, knownAt: later });
    expect(known).toEqual(expected);
    expect(known.has(untroubled)).toBe(false);
    // An hour before, only what was not made was known.
    const before = await readLabels(db.knex, {
      ...{ ...range, knownAt: new Date(later.getTime() - 60 * minute) },
    });
    expect(new Set(before.values())).toEqual(new Set(['unknown']));
    const none = { from: new Date(start + 6 * minute), to: later, knownAt: later };
    expect(await readLabels(db.knex, none)).toEqual(new Map());
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findPayment, findWalletViews } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { InboundRecord } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage } from '../testing/posting-stage.ts';
import type { Member, Stage } from '../testing/posting-stage.ts';

let wire: TestWire;
let stage: Stage;
let member: Member;

beforeAll(async () => {
  wire = await createTestWire('settlement-faults');
  stage = await createPostingStage(wire.wire.codec);
  member = await stage.join();
});
afterAll(async () => {
  await stage.close();
  await wire.close();
});

async function statusOf(record: InboundRecord): Promise<string | undefined> {
  const read = wire.wire.codec.decode(topics.paymentScored, record.value);
  if (!read.ok) return read.reason;
  return (await findPayment(stage.database.knex, read.value.intent.intent_id))?.status;
}

const balanceOf = async (walletId: string) =>
  (await findWalletViews(stage.database.knex, [walletId]))[0]?.balanceMinor;

const deadLetters = () =>
  member.committed
    .splice(0)
    .filter(({ topic }) => topic.endsWith('.dead-letter'))
    .flatMap(({ records }) => records);

describe('records that can never be settled', () => {
  it('become dead letters through the outbox, and the next good record settles', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const parties = { payer_wallet_id: payer, payee_wallet_id: await stage.openWallet() };
    const broken = { ...stage.payment(parties), value: Buffer.from('not avro') };
    const missing = { ...stage.payment(parties), value: null };
    const foreign = stage.payment(parties);
    const unknown = { ...foreign, value: Buffer.from(foreign.value ?? []) };
    unknown.value.writeInt32BE(2_000_000_000, 1);
    const huge = { ...stage.payment(parties), value: Buffer.alloc(2_000_000, 7) };
    const padding = { padding: 'x'.repeat(1_000_000) };
    const padded = { ...stage.payment(parties), value: Buffer.from('y'), headers: padding };
    const good = stage.payment(parties);
    await member.posting.handle([broken, missing, unknown, huge, padded, good]);
    expect(await statusOf(good)).toBe('captured');
    const letters = deadLetters();
    expect(letters.map(({ headers }) => headers['dead-letter-reason'])).toEqual([
      ...['not_framed', 'null_value', 'unknown_schema', 'not_framed', 'not_framed'],
    ]);
    expect(letters.map(({ payload }) => payload.length)).toEqual([
      ...[8, 0, unknown.value.length, 0, 0],
    ]);
    expect(letters[3]?.headers['dead-letter-detail']).toContain('2000');
    expect(Object.keys(letters[4]?.headers ?? {})).not.toContain('padding');
  });

  it('one that breaks the transaction is found alone; its neighbours settle in order', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const parties = { payer_wallet_id: payer, payee_wallet_id: await stage.openWallet() };
    // PostgreSQL stores no NUL in text: nothing before the insert knows.
    const poison = stage.payment({ ...parties, description: 'a\u0000b' });
    const before = [1, 2, 3].map(() => stage.payment(parties));
    const after = [1, 2, 3].map(() => stage.payment(parties));
    const batch = [...before, poison, ...after].map((record, index) => ({
      ...record,
      offset: poison.offset + index,
    }));
    const positions = await member.posting.handle(batch);
    expect(positions).toMatchObject([{ nextOffset: poison.offset + 7 }]);
    expect(await Promise.all(batch.map(statusOf))).toEqual([
      ...['captured', 'captured', 'captured', undefined, 'captured', 'captured', 'captured'],
    ]);
    const [letter, ...others] = deadLetters();
    expect(others).toEqual([]);
    expect(letter?.headers).toMatchObject({ 'dead-letter-reason': 'broken_invariant' });
    expect(letter?.headers['dead-letter-detail']).toContain('insert_payment');
    expect(await balanceOf(payer)).toBe(400n);
  });

  it('a fault of the deployment makes no dead letters', async () => {
    const payer = await stage.openWallet({ balance: 1_000n });
    const payee = await stage.openWallet();
    const record = stage.payment({ payer_wallet_id: payer, payee_wallet_id: payee });
    await stage.database.knex.raw('alter table payment rename column reference to other');
    const handled = member.posting.handle([record]);
    await expect(handled).rejects.toMatchObject({ code: '42703', retriable: false });
    await stage.database.knex.raw('alter table payment rename column other to reference');
    await member.posting.handle([record]);
    expect(await statusOf(record)).toBe('captured');
    expect(deadLetters()).toEqual([]);
  });
});

describe('an account that someone else keeps locked', () => {
  let unlock: () => Promise<void> = () => Promise.resolve();
  afterEach(() => unlock());

  it('its intents and those behind wait in order; the others settle; then it goes on', async () => {
    const locked = await stage.openWallet({ balance: 100n });
    const patient = await stage.openWallet({ balance: 1_000n });
    const free = await stage.openWallet({ balance: 1_000n });
    const payee = await stage.openWallet();
    const pay = (from: string, to: string, amount: bigint) =>
      stage.payment({ payer_wallet_id: from, payee_wallet_id: to, amount_minor: amount });
    const lock = await stage.database.knex.transaction();
    unlock = async () => void (lock.isCompleted() || (await lock.rollback()));
    await lock.raw(`select from account where wallet_id = '${locked}' for update`);
    // 80 then 30 from 100: kept in order the first is captured and the second fails.
    const first = pay(locked, payee, 80n);
    const second = pay(locked, payee, 30n);
    const toLocked = pay(patient, locked, 10n);
    const behind = pay(patient, payee, 10n);
    const neighbour = pay(free, payee, 10n);
    const batch = [first, second, toLocked, behind, neighbour];
    await member.posting.handle(batch);
    expect(await Promise.all(batch.map(statusOf))).toEqual([
      ...[undefined, undefined, undefined, undefined, 'captured'],
    ]);
    // A later batch waits behind, without another time-out, and a repeat is recognised.
    const later = pay(patient, payee, 20n);
    const started = performance.now();
    await member.posting.handle([later, { ...first, offset: later.offset + 1 }]);
    expect(performance.now() - started).toBeLessThan(400);
    expect(await statusOf(later)).toBeUndefined();
    const settledByOne = { stage: 'settlement', outcome: 'parked' } as const;
    expect(await member.metrics.read('wallet_stage_records_total', settledByOne)).toBe(5);
    const states = await stage.database.knex('intent').where('state', 'parked').select('id');
    expect(states).toHaveLength(5);

    expect(await retryUntil(0)).toBe(0);
    await unlock();
    await retryUntil(5);
    expect(await Promise.all([...batch, later].map(statusOf))).toEqual([
      ...['captured', 'failed', 'captured', 'captured', 'captured', 'captured'],
    ]);
    expect(await balanceOf(locked)).toBe(30n);
    expect(await stage.database.knex('parked').select('id')).toEqual([]);
    expect(await stage.database.knex('intent').where('state', 'parked').select('id')).toEqual([]);
    // The account is its own again: nothing is parked any more.
    const next = pay(patient, locked, 10n);
    await member.posting.handle([{ ...next, offset: next.offset + 1 }]);
    expect(await statusOf(next)).toBe('captured');
  });

  /** Retries as the processor does, until so many were settled or two seconds have passed. */
  async function retryUntil(wanted: number): Promise<number> {
    let settled = 0;
    const deadline = performance.now() + (wanted === 0 ? 700 : 10_000);
    while (performance.now() < deadline && (wanted === 0 || settled < wanted)) {
      settled += await member.posting.retryParked();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return settled;
  }
});

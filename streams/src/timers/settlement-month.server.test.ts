import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  listSettlementItems,
  listSettlements,
  readSafeguarding,
  verifyInvariants,
} from '@wallet/core-ledger';
import type { SettlementView } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';
import { createSettlementCases, type SettlementCases } from '../testing/settlement-cases.ts';
import { createSettlementWindows } from './settlement-windows.ts';

const seed = Number(process.env.PROPERTY_SEED ?? randomInt(2 ** 31));
const dayMs = 86_400_000;
let wire: TestWire;
let stage: Stage;
let cases: SettlementCases;

beforeAll(async () => {
  wire = await createTestWire('settlement-month');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createSettlementCases(stage);
});
afterAll(async () => {
  await cases.close();
  await stage.close();
  await wire.close();
});

/** The same numbers for the same seed (mulberry32). */
function createRandom(from: number) {
  let state = from >>> 0;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** What the platform keeps of a payment to a merchant. */
function feeOf(amount: bigint): bigint {
  const fee = 10n + amount / 100n;
  return fee < amount ? fee : amount - 1n;
}

/** Merchants' money that is pending was captured a day earlier than it was. */
async function passDay(): Promise<void> {
  await stage.database.knex.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(`update entry set posted_at = posted_at - interval '1 day' from account a
      where a.id = account_id and a.kind = 'merchant_pending'`);
    await trx.raw(`update clearing set next_at = 'epoch'`);
  });
  await cases.clear();
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((one, other) => one + other, 0n);

test(`a month of windows, batches, returns and carried nets (PROPERTY_SEED=${seed})`, async () => {
  const random = createRandom(seed);
  const funded = 1_000_000_000n;
  const payer = await stage.openWallet({ balance: funded });
  const merchants = [
    await cases.openMerchant(),
    await cases.openMerchant({ minimumMinor: 4_000n }),
    await cases.openMerchant({ clearingSeconds: 36_000 }),
    await cases.openMerchant({ mode: 'gross_immediate' }),
  ];
  const clock = { atMs: Date.UTC(2027, 0, 1, 8), nowMs: () => clock.atMs };
  const inbox: InboundRecord[] = [];
  const windows = createSettlementWindows({
    ...{ database: stage.database, codec: wire.wire.codec, clock },
    publisher: {
      publish: ({ topic, key, value, headers = {} }) => {
        const place = { ...stage.settlementIntent({}), topic, key, value, headers };
        inbox.push({ ...place, timestampMs: clock.atMs });
        return Promise.resolve();
      },
    },
  });
  /** Until nothing is left to do. */
  const settleWindows = async (): Promise<void> => {
    for (let isBusy = true; isBusy;) {
      const { done } = await windows();
      await cases.commands.posting.handle(inbox.splice(0));
      isBusy = done > 0;
    }
  };
  const all = async (): Promise<SettlementView[]> => {
    const whole = { ownerId: null, limit: 10_000, after: null };
    return (await listSettlements(stage.database.knex, whole)).settlements;
  };
  const paid: string[] = [];
  let [banked, fees] = [0n, 0n];
  for (let day = 0; day < 30; day += 1) {
    await settleWindows();
    for (const merchant of merchants) {
      for (let payment = random(4); payment > 0; payment -= 1) {
        const amount = BigInt(random(3_000) + 1);
        paid.push(await cases.pay(payer, merchant, amount));
        fees += feeOf(amount);
      }
    }
    for (let refund = random(3); refund > 0; refund -= 1) {
      const paymentId = paid[random(paid.length)];
      if (paymentId !== undefined) await cases.refund(paymentId, BigInt(random(40) + 1));
    }
    const latest = paid.at(-1);
    const gross = merchants.at(-1) ?? '';
    if (latest !== undefined) await cases.ask({ wallet_id: gross, payment_id: latest });
    await passDay();
    clock.atMs += dayMs;
    await settleWindows();
    for (const { id, status, netMinor, confirmedMinor } of await all()) {
      const fate = random(10);
      if (status === 'pending_approval') await cases.act(id, fate === 0 ? 'aborted' : 'submitted');
      if (status === 'submitted' && fate < 5) await cases.act(id, 'settled');
      if (status === 'submitted' && fate === 5) await cases.act(id, 'failed');
      if (status === 'submitted' && fate === 6) await cases.act(id, 'returned');
      if (status === 'submitted' && fate === 7 && netMinor > 1n) {
        await cases.act(id, 'settled', { amount_minor: netMinor / 2n });
      }
      if (status === 'submitted' && fate === 8 && netMinor > 1n) {
        await cases.act(id, 'returned', { amount_minor: netMinor / 3n + 1n });
      }
      if (status === 'partially_settled') {
        await cases.act(id, fate < 5 && confirmedMinor < netMinor ? 'settled' : 'returned');
      }
      if (status === 'settled' && netMinor > 0n && fate === 0) await cases.act(id, 'returned');
    }
    banked = sum((await all()).map(({ confirmedMinor }) => confirmedMinor));
    const { bank, transit } = await cases.balances(first(merchants));
    const sent = (await all()).filter(({ status }) =>
      ['submitted', 'partially_settled'].includes(status),
    );
    // To the minor unit, every day.
    expect({ day, bank }).toEqual({ day, bank: banked });
    const inTransit = sum(sent.map((one) => one.netMinor - one.confirmedMinor - one.returnedMinor));
    expect({ day, transit }).toEqual({ day, transit: inTransit });
    // By what was paid, settled and earned, and not by the balances that the report adds up.
    expect(await readSafeguarding(stage.database.knex)).toEqual([
      {
        ...{ currency: 'USD', heldMinor: funded - banked, inTransitMinor: inTransit },
        ...{ suspenseMinor: 0n, provisionalMinor: 0n, ownMinor: fees, differenceMinor: 0n },
        liabilitiesMinor: funded - banked - inTransit - fees,
      },
    ]);
  }
  const batches = await all();
  expect(banked).toBeGreaterThan(0n);
  expect(new Set(batches.map(({ origin }) => origin))).toEqual(new Set(['window', 'payment']));
  expect(batches.some(({ carriedMinor }) => carriedMinor !== 0n)).toBe(true);
  for (const batch of batches) {
    const { grossMinor, refundsMinor, disputesMinor, feesMinor, carriedMinor, netMinor } = batch;
    expect(grossMinor - refundsMinor - disputesMinor - feesMinor + carriedMinor).toBe(netMinor);
    const items = await listSettlementItems(stage.database.knex, batch.id, {
      ...{ limit: 10_000, after: null },
    });
    expect(items).toHaveLength(batch.itemCount);
    expect(sum(items.map((item) => item.grossMinor))).toBe(grossMinor);
    expect(sum(items.map((item) => item.feesMinor))).toBe(feesMinor);
  }
  await expectPositions(merchants, batches);
  // The chain has seen what the test does to the times of entries.
  const broken = (await verifyInvariants(stage.database.knex)).filter(
    ({ id, violations }) => violations > 0 && id !== 'I17',
  );
  expect(broken).toEqual([]);
}, 120_000);

const first = (merchants: readonly string[]): string => merchants[0] ?? randomUUID();

/**
 * When all has cleared and a last run has taken what there is, a merchant has what waits for
 * approval and what was carried over, and nothing else.
 */
async function expectPositions(merchants: readonly string[], all: readonly SettlementView[]) {
  await passDay();
  for (const { id, status } of all)
    if (status === 'pending_approval') await cases.act(id, 'aborted');
  for (const merchant of merchants) {
    const last = await cases.see(await cases.run(merchant));
    const waiting = last.status === 'pending_approval' ? last.netMinor : 0n;
    const { pending, available, receivable } = await cases.balances(merchant);
    const found = await stage.database.knex.raw<{ rows: { carried_minor: string }[] }>(
      'select carried_minor from settlement_position where wallet_id = ?::uuid',
      [merchant],
    );
    const carried = BigInt(found.rows[0]?.carried_minor ?? 0);
    expect({ merchant, owed: carried + waiting }).toEqual({
      ...{ merchant, owed: pending + available + receivable },
    });
  }
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { findAction, findChanges } from '@wallet/core-ledger';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import type { Desk } from '../posting/kind.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';
import { createSettlementCases, type SettlementCases } from '../testing/settlement-cases.ts';
import { commandsPlan } from './plan.ts';
import { createSettlements } from './settlements.ts';

let wire: TestWire;
let stage: Stage;
let cases: SettlementCases;
let payer: string;
let merchant: string;

beforeAll(async () => {
  wire = await createTestWire('settlements');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createSettlementCases(stage);
  payer = await stage.openWallet({ balance: 10_000_000n });
});
afterAll(async () => {
  await cases.close();
  await wire.close();
  await stage.closeSound();
});
beforeEach(async () => {
  merchant = await cases.openMerchant();
});

const code = async (id: string) => (await findAction(stage.database.knex, id))?.failureCode;

test('a run adds up, a second person approves, the bank confirms', async () => {
  const before = await cases.balances(merchant);
  const first = await cases.pay(payer, merchant, 10_000n);
  await cases.pay(payer, merchant, 5_000n);
  await cases.refund(first, 1_000n);
  const creator = randomUUID();
  const id = await cases.run(merchant, { caller_id: creator });
  // Fees of 10 and a hundredth: 110 and 60.
  expect(await cases.see(id)).toMatchObject({
    ...{ status: 'pending_approval', grossMinor: 15_000n, refundsMinor: 1_000n, feesMinor: 170n },
    ...{ disputesMinor: 0n, carriedMinor: 0n, netMinor: 13_830n, itemCount: 3 },
  });
  expect(await code(await cases.act(id, 'submitted', { caller_id: creator }))).toBe('same_person');
  expect(await code(await cases.act(id, 'submitted'))).toBeNull();
  const sent = await cases.balances(merchant);
  expect(sent).toMatchObject({ available: 0n, pending: 0n, transit: before.transit + 13_830n });
  expect(await code(await cases.act(id, 'submitted'))).toBe('invalid_state');
  await cases.act(id, 'settled', { reference: 'bank-77' });
  expect(await cases.see(id)).toMatchObject({
    ...{ status: 'settled', confirmedMinor: 13_830n, reference: 'bank-77' },
  });
  const after = await cases.balances(merchant);
  expect(after).toMatchObject({ transit: before.transit, bank: before.bank + 13_830n });
  const changes = await findChanges(stage.database.knex, id);
  expect(changes.map(({ to }) => to)).toEqual(['pending_approval', 'submitted', 'settled']);
});

test('what comes back is carried over, and goes out once', async () => {
  await cases.pay(payer, merchant, 10_000n);
  const first = await cases.run(merchant);
  await cases.act(first, 'submitted');
  await cases.act(first, 'failed');
  expect(await cases.see(first)).toMatchObject({
    ...{ status: 'failed', failureCode: 'returned_by_bank', returnedMinor: 9_890n },
  });
  await cases.pay(payer, merchant, 100n);
  const second = await cases.run(merchant);
  expect(await cases.see(second)).toMatchObject({
    ...{ grossMinor: 100n, feesMinor: 11n, carriedMinor: 9_890n, netMinor: 9_979n },
  });
  await cases.act(second, 'aborted');
  const third = await cases.run(merchant);
  expect(await cases.see(third)).toMatchObject({
    ...{ grossMinor: 100n, carriedMinor: 9_890n, netMinor: 9_979n, itemCount: 1 },
  });
  await cases.act(third, 'submitted');
  await cases.act(third, 'settled', { amount_minor: 9_000n });
  await cases.act(third, 'returned');
  expect(await cases.see(third)).toMatchObject({
    ...{ status: 'partially_settled', confirmedMinor: 9_000n, returnedMinor: 979n },
  });
  await cases.act(third, 'returned');
  expect(await cases.see(third)).toMatchObject({ status: 'returned', confirmedMinor: 0n });
  expect((await cases.balances(merchant)).available).toBe(9_979n);
  const fourth = await cases.run(merchant);
  expect(await cases.see(fourth)).toMatchObject({ carriedMinor: 9_979n, netMinor: 9_979n });
});

test('below the minimum all is carried over, and the empty batch is over at once', async () => {
  const small = await cases.openMerchant({ minimumMinor: 1_000n });
  await cases.pay(payer, small, 500n);
  const first = await cases.run(small);
  expect(await cases.see(first)).toMatchObject({
    ...{ status: 'settled', netMinor: 0n, grossMinor: 500n, carriedMinor: -485n, feesMinor: 15n },
  });
  await cases.pay(payer, small, 1_000n);
  const second = await cases.run(small);
  expect(await cases.see(second)).toMatchObject({
    ...{ status: 'pending_approval', grossMinor: 1_000n, carriedMinor: 485n, netMinor: 1_465n },
  });
  const third = await cases.run(small);
  expect(await cases.see(third)).toMatchObject({ failureCode: 'settlement_in_progress' });
});

test('one payment of a merchant settled gross goes out at once, and once', async () => {
  const gross = await cases.openMerchant({ mode: 'gross_immediate' });
  const [paid, other] = [
    await cases.pay(payer, gross, 2_000n),
    await cases.pay(payer, gross, 3_000n),
  ];
  const id = await cases.ask({ wallet_id: gross, payment_id: paid });
  expect(await cases.see(id)).toMatchObject({
    ...{ status: 'submitted', grossMinor: 2_000n, feesMinor: 30n, netMinor: 1_970n },
  });
  const again = await cases.ask({ wallet_id: gross, payment_id: paid });
  expect(await cases.see(again)).toMatchObject({ failureCode: 'already_settled' });
  const rest = await cases.run(gross);
  expect(await cases.see(rest)).toMatchObject({ grossMinor: 3_000n, itemCount: 1 });
  const late = await cases.ask({ wallet_id: gross, payment_id: other });
  expect(await cases.see(late)).toMatchObject({ batchId: rest, status: 'pending_approval' });
});

test('a merchant with more than a batch takes is paid all of it, batch by batch', async () => {
  const plan = {
    ...commandsPlan,
    trade: (desk: Desk) => createSettlements(desk, { itemsAtMost: 2 }),
  };
  const short = await stage.join({ plan });
  const [large, small] = [merchant, await cases.openMerchant()];
  for (const amount of [1_000n, 2_000n, 3_000n, 4_000n, 5_000n]) {
    await cases.pay(payer, large, amount);
  }
  await cases.pay(payer, small, 6_000n);
  const run = async (walletIds: readonly string[]) => {
    const records = walletIds.map((id) => stage.settlementIntent({ wallet_id: id }));
    await short.posting.handle(records.map((record) => ({ ...record, partition: 1 })));
    return Promise.all(records.map(({ key }) => cases.see(key ?? '')));
  };
  // Both in one transaction: no merchant's movements keep out another's.
  const [first, other] = await run([large, small]);
  expect(other).toMatchObject({ grossMinor: 6_000n, itemCount: 1 });
  expect(first).toMatchObject({ grossMinor: 3_000n, itemCount: 2 });
  await cases.act(first?.id ?? '', 'aborted');
  for (const [grossMinor, itemCount] of [[3_000n, 2] as const, [7_000n, 2] as const]) {
    const [batch] = await run([large]);
    expect(batch).toMatchObject({ grossMinor, itemCount });
    await cases.act(batch?.id ?? '', 'submitted');
  }
  const [last] = await run([large]);
  expect(last).toMatchObject({ grossMinor: 5_000n, itemCount: 1 });
  await cases.act(last?.id ?? '', 'submitted');
  expect(await cases.balances(large)).toMatchObject({ pending: 0n, available: 0n });
  const [none] = await run([large]);
  expect(none).toMatchObject({ failureCode: 'nothing_to_settle' });
});

test('what has not cleared has its place in the window that is open', async () => {
  const slow = await cases.openMerchant({ clearingSeconds: 86_400 });
  const paid = await cases.pay(payer, slow, 2_000n);
  const id = await cases.ask({ wallet_id: slow, payment_id: paid });
  const { status, windowId, availableOnMs, acceptedAtMs } = await cases.see(id);
  expect({ status, waitMs: (availableOnMs ?? 0) - acceptedAtMs }).toEqual({
    ...{ status: 'scheduled', waitMs: 86_400_000 },
  });
  expect(windowId).not.toBeNull();
  const none = await cases.run(slow);
  expect(await cases.see(none)).toMatchObject({ failureCode: 'nothing_to_settle' });
});

test('a refund between the lock of the items and the approval: nothing is paid twice', async () => {
  const paid = await cases.pay(payer, merchant, 10_000n);
  const id = await cases.run(merchant);
  await cases.refund(paid, 4_000n);
  expect(await code(await cases.act(id, 'submitted'))).toBe('insufficient_funds');
  expect((await cases.see(id)).status).toBe('pending_approval');
  await cases.act(id, 'aborted');
  const next = await cases.run(merchant);
  expect(await cases.see(next)).toMatchObject({
    ...{ grossMinor: 10_000n, refundsMinor: 4_000n, feesMinor: 110n, netMinor: 5_890n },
  });
  expect(await code(await cases.act(next, 'submitted'))).toBeNull();
  expect((await cases.balances(merchant)).available).toBe(0n);
});

test('a refund of what was sent before comes off the next batch', async () => {
  const paid = await cases.pay(payer, merchant, 10_000n);
  const id = await cases.run(merchant);
  await cases.act(id, 'submitted');
  await cases.pay(payer, merchant, 6_000n);
  await cases.refund(paid, 4_000n);
  const next = await cases.run(merchant);
  expect(await cases.see(next)).toMatchObject({
    ...{ grossMinor: 6_000n, refundsMinor: 4_000n, feesMinor: 70n, netMinor: 1_930n },
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { findRefund } from '@wallet/core-ledger';
import type { DisputeView, PaymentView } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createDisputeCases, type DisputeCases } from '../testing/dispute-cases.ts';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { commandsPlan } from './plan.ts';

let wire: TestWire;
let stage: Stage;
let payments: PaymentCases;
let cases: DisputeCases;
let members: Member[];
let payer: string;
let shop: string;

const rounds = 200;

beforeAll(async () => {
  wire = await createTestWire('dispute-races');
  stage = await createPostingStage(wire.wire.codec);
  payments = await createPaymentCases(stage);
  cases = createDisputeCases(stage, payments);
  members = await Promise.all([1, 2].map(() => stage.join({ plan: commandsPlan })));
});
beforeEach(async () => {
  payer = await stage.openWallet({ balance: 100_000_000n });
  shop = await stage.openWallet({ kind: 'merchant', balance: 10_000_000n });
});
afterAll(async () => {
  await wire.close();
  await stage.closeSound();
});

/** So many captured payments, settled together. */
async function payMany(count: number): Promise<PaymentView[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const parties = { payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 1_000n };
  const records = ids.map((intent_id) => stage.payment({ intent_id, ...parties }));
  await payments.settlement.posting.handle(records);
  return Promise.all(ids.map(payments.payment));
}

/** Their disputes, opened together. */
async function disputeMany(count: number): Promise<DisputeView[]> {
  const records = (await payMany(count)).map((payment) => cases.opening(payment));
  await payments.commands.posting.handle(records);
  return Promise.all(records.map(({ key }) => cases.dispute(key ?? '')));
}

/** Each record to a member of its own, from a partition of its own, at the same moment. */
async function race(records: readonly InboundRecord[]): Promise<void> {
  await Promise.all(
    records.map(async (record, index) => {
      const member = members[index % members.length];
      const partition = index + 1;
      for (let done = false; !done;) {
        try {
          await member?.posting.handle([{ ...record, partition }]);
          await member?.posting.retryParked();
          done = true;
        } catch (error) {
          if ((error as { retriable?: boolean }).retriable !== true) throw error;
        }
      }
    }),
  );
  await settled(records);
}

/** Until nobody waits for a lock any more. */
async function settled(records: readonly InboundRecord[]): Promise<void> {
  const waiting = async (): Promise<number> => {
    const found = await stage.database.knex('parked').count<{ count: string }[]>();
    return Number(found[0]?.count);
  };
  const deadline = performance.now() + 10_000;
  while ((await waiting()) > 0) {
    if (performance.now() > deadline) throw new Error(`${records.length} records stay parked`);
    await members[0]?.posting.retryParked();
  }
}

it('refund ∥ dispute: never together more than was captured, the loser is told why', async () => {
  const outcomes: Record<string, number> = {};
  for (const [round, payment] of (await payMany(rounds)).entries()) {
    const dispute = cases.opening(payment, { amount_minor: 600n });
    const id = randomUUID();
    const refund = stage.refundIntent({
      intent_id: id,
      ...{ payment_id: payment.id, caller_id: payment.payeeId, amount_minor: 600n },
      ...{ payer_wallet_id: payer, payee_wallet_id: shop, payer_id: payment.payerId },
      payee_id: payment.payeeId,
    });
    await race(round % 2 === 0 ? [dispute, refund] : [refund, dispute]);
    const opened = await cases.dispute(dispute.key ?? '');
    const given = await findRefund(stage.database.knex, id);
    const after = await payments.payment(payment.id);
    expect(after.refundedMinor + after.disputedMinor).toBe(600n);
    const told = `${opened.failureCode ?? opened.status} ${given?.failureCode ?? given?.status}`;
    outcomes[told] = (outcomes[told] ?? 0) + 1;
  }
  expect(Object.keys(outcomes).sort()).toEqual([
    ...['dispute_exceeds_remaining succeeded', 'needs_response payment_disputed'],
  ]);
}, 240_000);

it('decision ∥ withdrawal: one of them ends it, the other is refused', async () => {
  const outcomes: Record<string, number> = {};
  for (const [round, dispute] of (await disputeMany(rounds)).entries()) {
    const decision = cases.ask('decision', dispute, 'operator', { amount_minor: 1_000n });
    const withdrawal = cases.ask('withdraw', dispute, 'payer');
    await race(round % 2 === 0 ? [decision, withdrawal] : [withdrawal, decision]);
    const ends = await Promise.all([decision, withdrawal].map(cases.outcome));
    const after = await cases.dispute(dispute.id);
    expect(after.version).toBe(2);
    const told = `${after.status}: ${ends.join(', ')}`;
    outcomes[told] = (outcomes[told] ?? 0) + 1;
  }
  expect(Object.keys(outcomes).sort()).toEqual([
    ...['lost: succeeded, invalid_state', 'withdrawn: invalid_state, succeeded'],
  ]);
}, 240_000);

it('two disputes of one payment at once: one is opened', async () => {
  for (const payment of await payMany(rounds)) {
    const records = [cases.opening(payment), cases.opening(payment)];
    await race(records);
    const both = await Promise.all(records.map(({ key }) => cases.dispute(key ?? '')));
    const told = both.map(({ status, failureCode }) => failureCode ?? status).sort();
    expect(told).toEqual(['already_disputed', 'needs_response']);
  }
}, 120_000);

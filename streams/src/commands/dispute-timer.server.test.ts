import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { collectDebts, createConnection, findChanges } from '@wallet/core-ledger';
import type { Connection, DisputeView } from '@wallet/core-ledger';
import { systemClock } from '@wallet/runtime';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createDesk } from '../posting/posting.ts';
import { createDisputeCases, type DisputeCases } from '../testing/dispute-cases.ts';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';
import { createDisputeTimer, type DisputeTimer } from './dispute-timer.ts';

let wire: TestWire;
let stage: Stage;
let payments: PaymentCases;
let cases: DisputeCases;
let payer: string;
let shop: string;
const connections: Connection[] = [];

async function join(): Promise<DisputeTimer> {
  const { url, database } = stage;
  const connection = await createConnection({ url, applicationName: 'test dispute timer' });
  connections.push(connection);
  const desk = createDesk({ codec: wire.wire.codec, clock: systemClock, database });
  return createDisputeTimer({ connection, database, desk });
}

beforeAll(async () => {
  wire = await createTestWire('dispute-timer');
  stage = await createPostingStage(wire.wire.codec);
  payments = await createPaymentCases(stage);
  cases = createDisputeCases(stage, payments);
});
beforeEach(async () => {
  payer = await stage.openWallet({ balance: 1_000_000n });
  shop = await stage.openWallet({ kind: 'merchant' });
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await wire.close();
  await stage.closeSound();
});

/** A dispute of a new payment whose deadline has passed. */
async function overdue(more = {}): Promise<DisputeView> {
  const payment = await payments.pay({
    ...{ payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 10_000n },
  });
  const dispute = await cases.open(payment, more);
  await makeOverdue(dispute);
  return dispute;
}

async function makeOverdue({ id }: DisputeView): Promise<void> {
  await stage.database
    .knex('dispute')
    .where({ id })
    .update({ due_at: new Date(0) });
}

const accounts = async (walletId: string): Promise<Record<string, number>> => {
  const found = await stage.database.knex.raw<{ rows: { kind: string; minor: string }[] }>(
    'select kind, balance_minor as minor from account where wallet_id = ? and balance_minor <> 0',
    [walletId],
  );
  return Object.fromEntries(found.rows.map(({ kind, minor }) => [kind, Number(minor)]));
};

describe('what nobody ended before its deadline', () => {
  it('a chargeback without an answer is expired, so lost; one that is not due stays', async () => {
    const dispute = await overdue();
    const other = await stage.openWallet({ kind: 'merchant' });
    const later = await cases.open(
      await payments.pay({ payer_wallet_id: payer, payee_wallet_id: other, amount_minor: 500n }),
    );
    const timer = await join();
    expect(await timer(100)).toMatchObject({ claimed: 1, done: 1 });
    expect(await timer(100)).toEqual({ claimed: 0, done: 0, batches: [] });
    expect(await cases.dispute(dispute.id)).toMatchObject({
      ...{ status: 'expired', dueAtMs: null, version: 2 },
      position: { reserved: 0n, awarded: 10_000n },
    });
    expect((await cases.dispute(later.id)).status).toBe('needs_response');
    const [, change] = await findChanges(stage.database.knex, dispute.id);
    expect(change).toMatchObject({ actor: 'timer', role: 'system', reason: 'deadline' });
  });

  it('an inquiry becomes a claim, or ends when it was answered', async () => {
    const asked = await overdue({ stage: 'inquiry' });
    const answered = await overdue({ stage: 'inquiry' });
    await stage.database
      .knex('dispute')
      .where({ id: answered.id })
      .update({ due_at: new Date(Date.now() + 60_000) });
    expect(await cases.act('submit', answered, 'payee')).toBe('succeeded');
    await makeOverdue(answered);
    const timer = await join();
    const { done, batches } = await timer(100);
    expect([done, batches.flatMap(({ records }) => records)]).toEqual([2, expect.any(Array)]);
    expect(await cases.dispute(asked.id)).toMatchObject({
      ...{ status: 'needs_response', stage: 'chargeback' },
      position: { reserved: 10_000n },
    });
    expect((await cases.dispute(answered.id)).status).toBe('closed');
  });

  it('one review that nobody decided is won by the payee', async () => {
    const payment = await payments.pay({ payer_wallet_id: payer, payee_wallet_id: shop });
    const dispute = await cases.open(payment);
    await cases.act('submit', dispute, 'payee');
    await makeOverdue(dispute);
    expect((await (await join())(100)).done).toBe(1);
    expect((await cases.dispute(dispute.id)).status).toBe('won');
    expect((await payments.payment(payment.id)).disputedMinor).toBe(0n);
  });

  it('two timers at once end each dispute once', async () => {
    const disputes: DisputeView[] = [];
    for (let count = 0; count < 12; count += 1) disputes.push(await overdue());
    const timers = await Promise.all([join(), join(), join()]);
    const endAll = async (timer: DisputeTimer): Promise<number> => {
      let ended = 0;
      for (let run = 0; run < 10; run += 1) ended += (await timer(3)).done;
      return ended;
    };
    let ended = (await Promise.all(timers.map(endAll))).reduce((sum, some) => sum + some, 0);
    for (const timer of timers.slice(0, 1)) ended += await endAll(timer);
    expect(ended).toBe(12);
    const after = await Promise.all(disputes.map(({ id }) => cases.dispute(id)));
    expect(after.map(({ status, version }) => `${status} ${version}`)).toEqual(
      disputes.map(() => 'expired 2'),
    );
  });

  it('a locked account is left for the next run', async () => {
    await overdue();
    const timer = await join();
    await stage.database.knex.transaction(async (trx) => {
      await trx.raw(`select from account where wallet_id = '${shop}' for update`);
      expect(await timer(10)).toMatchObject({ claimed: 1, done: 0 });
    });
    expect(await timer(10)).toMatchObject({ claimed: 1, done: 1 });
  });
});

describe('a wallet that owes', () => {
  it('repays with what it gets, and then it is off the list', async () => {
    const dispute = await overdue();
    await cases.act('decision', dispute, 'operator', { amount_minor: 10_000n });
    expect(await accounts(shop)).toEqual({ receivable: -1_610 });
    // Those of the tests before repay first.
    while ((await collectDebts(stage.database.knex, 10)) > 0);
    expect(await accounts(shop)).toEqual({ receivable: -1_610 });
    const give = (minor: bigint) => stage.fund(shop, minor);
    await give(1_000n);
    expect(await collectDebts(stage.database.knex, 10)).toBe(1);
    expect(await accounts(shop)).toEqual({ receivable: -610 });
    await give(700n);
    expect(await collectDebts(stage.database.knex, 10)).toBe(1);
    expect(await accounts(shop)).toEqual({ merchant_available: 90 });
    const owing = await stage.database.knex('wallet_debt').where({ wallet_id: shop });
    expect(owing).toEqual([]);
  });
});

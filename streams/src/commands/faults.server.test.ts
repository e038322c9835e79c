import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findAction, type PaymentView } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';
import { commandsPlan } from './plan.ts';

let wire: TestWire;
let stage: Stage;
let cases: PaymentCases;
let shop: string;

beforeAll(async () => {
  wire = await createTestWire('commands-faults');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createPaymentCases(stage);
  shop = await stage.openWallet({ kind: 'merchant' });
});
afterAll(async () => {
  await stage.close();
  await wire.close();
});

async function authorized(): Promise<PaymentView> {
  const payer = await stage.openWallet({ balance: 1_000n });
  return cases.pay({ payer_wallet_id: payer, payee_wallet_id: shop, capture: 'manual' });
}

const statusOf = async (payment: PaymentView) => (await cases.payment(payment.id)).status;

test('a payment whose row somebody keeps locked waits; its neighbours do not', async () => {
  const [locked, free] = [await authorized(), await authorized()];
  const lock = await stage.database.knex.transaction();
  await lock.raw('select from payment where id = ? for update', [locked.id]);
  const id = crypto.randomUUID();
  const waiting = cases.ask('capture', locked, { intent_id: id });
  const both = [waiting, cases.ask('capture', free)];
  try {
    expect(await cases.done(both)).toEqual(['nothing', 'succeeded']);
    expect(await cases.commands.posting.retryParked()).toBe(0);
  } finally {
    await lock.rollback();
  }
  while ((await cases.commands.posting.retryParked()) === 0);
  expect(await findAction(stage.database.knex, id)).toMatchObject({ status: 'succeeded' });
  expect(await statusOf(locked)).toBe('captured');
  // Settlement retries what is its own alone.
  expect(await stage.database.knex('parked').select('id')).toEqual([]);
});

test('what commands have parked is not retried by settlement', async () => {
  const locked = await authorized();
  const lock = await stage.database.knex.transaction();
  await lock.raw('select from payment where id = ? for update', [locked.id]);
  try {
    expect(await cases.act('cancel', locked)).toBe('nothing');
  } finally {
    await lock.rollback();
  }
  await stage.database.knex.raw(`update parked set next_at = statement_timestamp()`);
  expect(await cases.settlement.posting.retryParked()).toBe(0);
  expect(await cases.commands.posting.retryParked()).toBe(1);
  expect(await statusOf(locked)).toBe('canceled');
});

test('one that breaks the transaction is found alone; its neighbours are decided', async () => {
  const held = [await authorized(), await authorized(), await authorized()];
  // PostgreSQL stores no NUL in text: nothing before the history's row knows.
  const records = held.map((payment, at) =>
    cases.ask('cancel', payment, at === 1 ? { reason: 'a\u0000b' } : {}),
  );
  cases.commands.committed.length = 0;
  expect(await cases.done(records)).toEqual(['succeeded', 'nothing', 'succeeded']);
  const letters = cases.commands.committed.filter(({ topic }) => topic.endsWith('.dead-letter'));
  expect(letters.flatMap((letter) => letter.records)).toHaveLength(1);
  expect(await Promise.all(held.map(statusOf))).toEqual(['canceled', 'authorized', 'canceled']);
});

test('a member whose partitions moved on without it has no effect: zombie', async () => {
  const payment = await authorized();
  const sleeping = await stage.join({ plan: commandsPlan });
  const record: InboundRecord = cases.ask('capture', payment, { amount_minor: 10n });
  await cases.commands.posting.handle([record]);
  const later = cases.ask('capture', payment, { amount_minor: 20n });
  await expect(sleeping.posting.handle([record, later])).rejects.toMatchObject({ code: 'zombie' });
  expect(await cases.payment(payment.id)).toMatchObject({ capturedMinor: 10n });
});

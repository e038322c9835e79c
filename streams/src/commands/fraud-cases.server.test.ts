import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createConnection,
  createPaymentTimer,
  findCase,
  findChanges,
  listCases,
  type CaseView,
  type OutboxBatch,
  type PaymentView,
} from '@wallet/core-ledger';
import { topics, type FraudEvent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';
import { timedEventsOf } from '../timers/events.ts';

let wire: TestWire;
let stage: Stage;
let cases: PaymentCases;
let payer: string;
let shop: string;

beforeAll(async () => {
  wire = await createTestWire('fraud-cases');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createPaymentCases(stage);
  payer = await stage.openWallet({ balance: 1_000_000n });
  shop = await stage.openWallet({ kind: 'merchant' });
});
afterAll(async () => {
  await stage.close();
  await wire.close();
});

const context = {
  ...{ ip: '192.0.2.7', device_id: 'device 7', card_bin: null, card_fingerprint: 'card 7' },
  country: 'DE',
};
const inReview = (more = {}): Promise<PaymentView> =>
  cases.pay(
    { payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 1_000n, context, ...more },
    { outcome: 'review', score: 61 },
  );

async function caseOf(payment: PaymentView): Promise<CaseView> {
  const { knex } = stage.database;
  const row = await knex('fraud_case').where({ payment_id: payment.id }).first<{ id: string }>();
  const found = await findCase(knex, row.id);
  if (found === null) throw new Error(`payment ${payment.id} has no case`);
  return found;
}

/** What was told of cases since the last look. */
function told(committed: OutboxBatch[]): FraudEvent[] {
  const batches = committed.splice(0).filter(({ topic }) => topic === topics.fraudEvents.name);
  return batches.flatMap(({ records }) =>
    records.map(({ payload }) => {
      const read = wire.wire.codec.decode(topics.fraudEvents, payload);
      if (!read.ok) throw new Error(read.reason);
      return read.value;
    }),
  );
}

test('a payment that goes to review has a case, told with all that its label needs', async () => {
  cases.settlement.committed.length = 0;
  const payment = await inReview();
  const open = await caseOf(payment);
  expect(open).toMatchObject({ status: 'open', ownerId: null, score: 61, amountMinor: 1_000n });
  expect(open.dueAt.getTime() - open.createdAt.getTime()).toBe(86_400_000);
  expect(told(cases.settlement.committed)).toMatchObject([
    {
      ...{ type: 'fraud.case_opened', label: 'unknown', case_id: open.id, case_version: 1 },
      ...{ payment_id: payment.id, payer_id: payment.payerId, payee_id: payment.payeeId },
      ...{ device_id: 'device 7', ip: '192.0.2.7', card_fingerprint: 'card 7', country: 'DE' },
    },
  ]);
  const approved = await cases.pay({ payer_wallet_id: payer, payee_wallet_id: shop });
  await expect(caseOf(approved)).rejects.toThrow();
});

test.each([
  { kind: 'approve', capture: 'automatic', payment: 'captured', label: 'legitimate' },
  { kind: 'approve', capture: 'manual', payment: 'authorized', label: 'legitimate' },
  { kind: 'reject', capture: 'automatic', payment: 'rejected', label: 'fraud' },
] as const)('$kind of a payment with capture $capture closes its case', async (row) => {
  const payment = await inReview({ capture: row.capture });
  const { id } = await caseOf(payment);
  const [analyst, status] = [randomUUID(), row.kind === 'approve' ? 'approved' : 'rejected'];
  cases.commands.committed.length = 0;
  const by = { caller_id: analyst, actor_role: 'analyst', reason: 'looked at it' };
  // Twice in one batch, and once more: one end, one label.
  const asked = [cases.ask(row.kind, payment, by), cases.ask(row.kind, payment, by)];
  expect(await cases.done(asked)).toEqual(['succeeded', 'invalid_state']);
  expect(await cases.act('reject', payment, by)).toBe('invalid_state');
  expect((await cases.payment(payment.id)).status).toBe(row.payment);
  expect(await caseOf(payment)).toMatchObject({ status, closedAt: expect.any(Date) });
  expect(told(cases.commands.committed)).toMatchObject([
    { type: `fraud.case_${status}`, label: row.label, case_version: 2, device_id: 'device 7' },
  ]);
  expect(await findChanges(stage.database.knex, id)).toMatchObject([
    { from: null, to: 'open', actor: 'fraud', role: 'system' },
    { from: 'open', to: status, actor: analyst, role: 'analyst', reason: 'looked at it' },
  ]);
});

test('nobody looked in time: the timer ends the case with its payment', async () => {
  const payment = await inReview();
  const { id } = await caseOf(payment);
  const { knex } = stage.database;
  const past = knex.raw(`now() - interval '86401 seconds'`);
  await knex('payment').where({ id: payment.id }).update({ updated_at: past });
  const connection = await createConnection({ url: stage.url, applicationName: 'test timers' });
  const timer = createPaymentTimer({
    connection,
    tell: (change, review) => timedEventsOf(wire.wire.codec, change, review, Date.now()),
  });
  const { batches } = await timer('in_review', 10);
  await connection.close();
  expect((await cases.payment(payment.id)).status).toBe('rejected');
  expect(await caseOf(payment)).toMatchObject({ status: 'expired' });
  expect(told([...batches])).toMatchObject([
    { type: 'fraud.case_expired', label: 'unknown', case_id: id, payment_id: payment.id },
  ]);
  expect((await findChanges(knex, id)).at(-1)).toMatchObject({ to: 'expired', actor: 'timer' });
});

test('the queue: filters, pages, newest first', async () => {
  const { knex } = stage.database;
  const mine = await stage.openWallet({ balance: 100_000n });
  const payments = [];
  for (let n = 0; n < 3; n += 1) payments.push(await inReview({ payer_wallet_id: mine }));
  const { payerId } = await caseOf(payments[0] as PaymentView);
  const page = await listCases(knex, { status: 'open' }, { after: null, limit: 2 });
  expect(page.map(({ paymentId }) => paymentId)).toEqual(
    [payments[2], payments[1]].map((payment) => payment?.id),
  );
  const after = page[1]?.id ?? '';
  const [next] = await listCases(knex, { status: 'open' }, { after, limit: 2 });
  expect(next?.paymentId).toBe(payments[0]?.id);
  expect(await listCases(knex, { owner: randomUUID() }, { after: null, limit: 9 })).toEqual([]);
  const ofPayer = await listCases(knex, { payerId }, { after: null, limit: 9 });
  expect(ofPayer.map(({ paymentId }) => paymentId)).toContain(payments[0]?.id);
});

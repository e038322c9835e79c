import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  createClearing,
  createConnection,
  createLedger,
  createPaymentTimer,
  findPayment,
  findWalletViews,
  verifyInvariants,
  type Connection,
  type PaymentTimer,
} from '@wallet/core-ledger';
import { systemClock } from '@wallet/runtime';
import { topics, type InboundRecord, type PaymentIntent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { timedEventsOf } from './events.ts';
import { timerJobs } from './jobs.ts';

let wire: TestWire;
let stage: Stage;
let member: Member;
let payer: string;
let payee: string;
const opened: Connection[] = [];

beforeAll(async () => {
  wire = await createTestWire('timers');
});
afterAll(() => wire.close());
beforeEach(async () => {
  stage = await createPostingStage(wire.wire.codec);
  member = await stage.join();
  payer = await stage.openWallet({ balance: 100_000n });
  payee = await stage.openWallet();
});
afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
  await stage.close();
});

/** A timer with a connection of its own, as each process has one. */
async function join(wrap: (real: Connection) => Connection = (real) => real) {
  const options = { url: stage.url, applicationName: 'test timers', role: 'wallet_app' } as const;
  const connection = await createConnection(options);
  opened.push(connection);
  return createPaymentTimer({
    connection: wrap(connection),
    tell: (change, review) => timedEventsOf(wire.wire.codec, change, review, Date.now()),
  });
}

async function sql<Row = Record<string, unknown>>(text: string): Promise<Row[]> {
  return (await stage.database.knex.raw<{ rows: Row[] }>(text)).rows;
}

type Asked = { review?: boolean; count?: number; from?: string };

/** Payments that were held, a day and a second ago; their ids. */
async function overdue({ review = false, count = 1, from = payer }: Asked = {}) {
  const records = Array.from({ length: count }, () => held(from, {}, review));
  await member.posting.handle(records);
  const ids = records.map(idOf);
  const list = ids.map((id) => `'${id}'`).join();
  await sql(`update payment set authorization_expires_at = now() - interval '1 second',
    updated_at = now() - interval '86401 seconds' where id in (${list})`);
  await sql(`update hold set expires_at = now() - interval '1 second'
    where payment_id in (${list})`);
  return ids;
}

function held(from: string, rest: Partial<PaymentIntent> = {}, review = false): InboundRecord {
  const intent = { payer_wallet_id: from, payee_wallet_id: payee, ...rest };
  return review
    ? stage.payment(intent, { outcome: 'review' })
    : stage.payment({ ...intent, capture: 'manual' });
}

function idOf({ value }: InboundRecord): string {
  const read = wire.wire.codec.decode(topics.paymentScored, value);
  if (!read.ok) throw new Error('not a payment');
  return read.value.intent.intent_id;
}

/** What the world was told of each payment, in order. */
async function toldOf(ids: readonly string[]): Promise<string[][]> {
  const rows = await sql<{ key: string; payload: Buffer }>(
    'select key, payload from outbox order by batch_id, position',
  );
  return ids.map((id) =>
    rows
      .filter(({ key }) => key === id)
      .map(({ payload }) => {
        const read = wire.wire.codec.decode(topics.paymentEvents, payload);
        return read.ok ? `${read.value.type} ${read.value.payment_version}` : 'unreadable';
      }),
  );
}

const payerWallet = async (id = payer) => (await findWalletViews(stage.database.knex, [id]))[0];
const broken = async () =>
  (await verifyInvariants(stage.database.knex)).filter(({ violations }) => violations !== 0);
const changedBy = async (timer: PaymentTimer, status: Parameters<PaymentTimer>[0]) =>
  (await timer(status, 100)).changes.length;

test.each([
  { review: false, from: 'authorized', to: 'expired' },
  { review: true, from: 'in_review', to: 'rejected' },
] as const)('$from past its deadline becomes $to, once', async ({ review, from, to }) => {
  const [id = ''] = await overdue({ review });
  await member.posting.handle([held(payer, {}, review)]);
  const timer = await join();
  const { claimed, changes, batches } = await timer(from, 100);
  expect({ claimed, changed: changes.length }).toEqual({ claimed: 1, changed: 1 });
  const ofPayments = batches.filter(({ topic }) => topic === topics.paymentEvents.name);
  expect(ofPayments.map(({ records }) => records.map(({ key }) => key))).toEqual([[id]]);
  expect(await findPayment(stage.database.knex, id)).toMatchObject({ status: to, version: 2 });
  expect(await toldOf([id])).toEqual([[`payment.${from} 1`, `payment.${to} 2`]]);
  // The other one is not due: its money stays set aside.
  expect(await payerWallet()).toMatchObject({ balanceMinor: 100_000n, heldMinor: 100n });
  expect(await sql(`select state from hold where payment_id = '${id}'`)).toEqual([
    { state: 'expired' },
  ]);
  expect(await timer(from, 100)).toEqual({ claimed: 0, changes: [], batches: [] });
  expect(await broken()).toEqual([]);
});

test('each timer leaves alone what belongs to the other', async () => {
  await overdue({ review: true });
  const timer = await join();
  expect(await changedBy(timer, 'authorized')).toBe(0);
  expect(await changedBy(timer, 'in_review')).toBe(1);
});

test('what is due is ended oldest first, at most as many as asked', async () => {
  const ids = await overdue({ count: 5 });
  const [oldest = ''] = ids.slice(3);
  await sql(`update payment set authorization_expires_at = now() - interval '1 hour'
    where id = '${oldest}'`);
  const timer = await join();
  expect((await timer('authorized', 1)).changes.map(({ payment }) => payment.id)).toEqual([oldest]);
  expect(await changedBy(timer, 'authorized')).toBe(4);
});

test('two timers at once end each payment once, with one event', async () => {
  const others = await Promise.all([1, 2, 3].map(() => stage.openWallet({ balance: 9_000n })));
  const ids: string[] = [];
  for (const from of [payer, ...others]) ids.push(...(await overdue({ count: 12, from })));
  const timers = await Promise.all([join(), join(), join()]);
  const endAll = async (timer: PaymentTimer): Promise<number> => {
    let ended = 0;
    for (let run = 0; run < 15; run += 1) ended += (await timer('authorized', 5)).changes.length;
    return ended;
  };
  let ended = (await Promise.all(timers.map(endAll))).reduce((sum, some) => sum + some, 0);
  for (const timer of timers.slice(0, 1)) ended += await endAll(timer);
  expect(ended).toBe(ids.length);
  expect(await toldOf(ids)).toEqual(ids.map(() => ['payment.authorized 1', 'payment.expired 2']));
  for (const id of [payer, ...others]) expect((await payerWallet(id))?.heldMinor).toBe(0n);
  expect(await broken()).toEqual([]);
});

test('a locked account is left for the next run, its neighbours are not', async () => {
  const neighbour = await stage.openWallet({ balance: 1_000n });
  const [locked = ''] = await overdue();
  const [free = ''] = await overdue({ from: neighbour });
  const timer = await join();
  await stage.database.knex.transaction(async (trx) => {
    await trx.raw(`select from account where wallet_id = '${payer}' for update`);
    const { changes } = await timer('authorized', 1);
    expect(changes.map(({ payment }) => payment.id)).toEqual([free]);
  });
  const { changes } = await timer('authorized', 1);
  expect(changes.map(({ payment }) => payment.id)).toEqual([locked]);
});

test('one that was ended before its account could be locked stays as it is', async () => {
  const [lost = '', kept = ''] = await overdue({ count: 2 });
  const timer = await join((real) => ({
    ...real,
    begin: async (statements) => {
      const transaction = await real.begin(statements);
      // As a capture that committed after the claim was planned and before the lock was granted.
      await sql(`update payment set status = 'canceled', version = 2 where id = '${lost}'`);
      return transaction;
    },
  }));
  const { claimed, changes } = await timer('authorized', 100);
  expect({ claimed, ended: changes.map(({ payment }) => payment.id) }).toEqual({
    ...{ claimed: 2, ended: [kept] },
  });
  expect(await findPayment(stage.database.knex, lost)).toMatchObject({
    ...{ status: 'canceled', version: 2 },
  });
  expect(await toldOf([lost])).toEqual([['payment.authorized 1']]);
});

test('a row that is not as it was read stops the run, and the next one goes well', async () => {
  const [id = ''] = await overdue();
  let isDoctored = false;
  const timer = await join((real) => ({
    ...real,
    begin: async (statements) => {
      const transaction = await real.begin(statements);
      if (isDoctored) return transaction;
      const flight: typeof transaction.flight = async (some) => {
        const [payments, ...rest] = await transaction.flight(some);
        if (isDoctored || payments === undefined) return payments ? [payments, ...rest] : rest;
        isDoctored = true;
        const rows = payments.rows.map(([own = null, , ...more]) => [own, '7', ...more]);
        return [{ ...payments, rows }, ...rest];
      };
      return { ...transaction, flight };
    },
  }));
  await expect(timer('authorized', 100)).rejects.toMatchObject({
    ...{ code: 'timer_overtaken', retriable: true },
  });
  expect(await toldOf([id])).toEqual([['payment.authorized 1']]);
  expect((await payerWallet())?.heldMinor).toBe(100n);
  expect(await changedBy(timer, 'authorized')).toBe(1);
});

test('settlement and timers on one account: nothing is lost of what either does', async () => {
  const ids = await overdue({ count: 60 });
  const timers = await Promise.all([join(), join()]);
  const settle = async (): Promise<void> => {
    for (let batch = 0; batch < 40; batch += 1) {
      const manual = held(payer);
      const automatic = stage.payment({ payer_wallet_id: payer, payee_wallet_id: payee });
      await member.posting.handle([manual, automatic]);
    }
  };
  let ended = 0;
  let isSettling = true;
  const expire = async (timer: PaymentTimer): Promise<void> => {
    while (isSettling) {
      const { changes } = await timer('authorized', 3);
      ended += changes.length;
    }
  };
  await Promise.all([settle().finally(() => (isSettling = false)), ...timers.map(expire)]);
  expect(ended).toBeGreaterThan(0);
  for (const timer of timers) ended += await changedBy(timer, 'authorized');
  expect(ended).toBe(ids.length);
  expect(await payerWallet()).toMatchObject({ balanceMinor: 96_000n, heldMinor: 4_000n });
  expect(await broken()).toEqual([]);
});

test('the jobs end payments, holds without one, and clear; events are handed over', async () => {
  const shop = await stage.openWallet({ kind: 'merchant' });
  await sql(`insert into merchant_settings (wallet_id, mode, clearing_seconds, minimum_minor)
    values ('${shop}', 'gross_immediate', 0, 0)`);
  await member.posting.handle([stage.payment({ payer_wallet_id: payer, payee_wallet_id: shop })]);
  await overdue();
  await overdue({ review: true });
  const [due = ''] = await overdue();
  await sql(`update payment set authorization_expires_at = now() + interval '1 hour'
    where id = '${due}'`);
  const [{ id: account } = { id: '' }] = await sql<{ id: string }>(
    `update account set held_minor = held_minor + 7 where wallet_id = '${payer}' returning id`,
  );
  await sql(`insert into hold (id, account_id, amount_minor, expires_at, reason)
    values (gen_random_uuid(), ${account}, 7, now() - interval '1 second', 'review')`);
  const told: string[] = [];
  const ledger = createLedger({ db: stage.database, clock: systemClock });
  const jobs = timerJobs({
    ...{
      payments: await join(),
      ledger,
      clearing: createClearing({ connection: member.connection }),
      refunds: async () => ({ claimed: 1, outcomes: [], batches: [] }),
      disputes: async () => ({ claimed: 1, done: 0, batches: [] }),
      tickets: async () => ({ claimed: 1, done: 0, batches: [] }),
      findTickets: async () => ({ done: 0, more: false }),
      debts: async () => 0,
      rail: null,
      settlements: () => Promise.resolve({ done: 0, more: false }),
    },
    onCommitted: (batches) => told.push(...batches.map(({ topic }) => topic)),
  });
  const runs = [];
  for (const { name, run } of jobs) runs.push([name, await run()]);
  const one = { done: 1, more: false };
  expect(runs).toEqual([
    ...['authorizations', 'reviews', 'holds', 'clearing'].map((name) => [name, one]),
    ...['refunds', 'disputes', 'tickets', 'ticket_causes', 'debts', 'settlements'].map((name) => [
      name,
      { done: 0, more: false },
    ]),
  ]);
  const { paymentEvents, fraudEvents } = topics;
  expect(told).toEqual([paymentEvents.name, paymentEvents.name, fraudEvents.name]);
  // A payment's hold is for the timer of payments alone: the two end together.
  expect((await payerWallet())?.heldMinor).toBe(100n);
  await ledger.close();
});

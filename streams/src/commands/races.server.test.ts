import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createConnection,
  createPaymentTimer,
  findAction,
  findRefund,
  verifyInvariants,
  type Connection,
  type PaymentTimer,
  type PaymentView,
} from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { timedEventsOf } from '../timers/events.ts';
import { commandsPlan } from './plan.ts';

/** Each race is run so often: what goes wrong once in a hundred times is seen. */
const repetitions = 200;

let wire: TestWire;
let stage: Stage;
let cases: PaymentCases;
let members: Member[];
let timers: Connection;
let expire: PaymentTimer;
let shop: string;

beforeAll(async () => {
  wire = await createTestWire('races');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createPaymentCases(stage);
  members = await Promise.all([1, 2, 3].map(() => stage.join({ plan: commandsPlan })));
  timers = await createConnection({ url: stage.url, applicationName: 'test timers' });
  expire = createPaymentTimer({
    connection: timers,
    tell: (change, review) => timedEventsOf(wire.wire.codec, change, review, Date.now()),
  });
  shop = await stage.openWallet({ kind: 'merchant', balance: 1_000_000n });
});
afterAll(async () => {
  await timers.close();
  await stage.close();
  await wire.close();
});

const nextOffsets = [0, 0, 0];

/** Each member handles its share at once with the others, from a partition of its own. */
async function handleAtOnce(shares: readonly (readonly InboundRecord[])[], batch: number) {
  await Promise.all(
    members.map(async ({ posting }, index) => {
      const share = (shares[index] ?? []).map((record) => {
        const offset = nextOffsets[index] ?? 0;
        nextOffsets[index] = offset + 1;
        return { ...record, partition: index + 1, offset };
      });
      for (let at = 0; at < share.length; at += batch) {
        await retrying(() => posting.handle(share.slice(at, at + batch)));
      }
    }),
  );
  // Who waits for another's accounts for too long puts records aside, and tries them again.
  while (await isAnyParked()) await retrying(async () => members[0]?.posting.retryParked());
}

async function isAnyParked(): Promise<boolean> {
  const found = await stage.database.knex.raw<{ rows: unknown[] }>('select id from parked limit 1');
  return found.rows.length > 0;
}

/** As the loop of a processor does with what may be tried again. */
async function retrying(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'retriable' in error && error.retriable === true))
        throw error;
    }
  }
}

/** Payments of a payer each, so that only the two who race meet. */
async function payments(count: number, capture: 'automatic' | 'manual'): Promise<PaymentView[]> {
  const payers: string[] = [];
  for (let at = 0; at < count; at += 1) payers.push(await stage.openWallet({ balance: 100n }));
  const made = payers.map((payer_wallet_id) => {
    const intent_id = crypto.randomUUID();
    const parties = { payer_wallet_id, payee_wallet_id: shop, amount_minor: 100n, capture };
    return { intent_id, record: stage.payment({ intent_id, ...parties }) };
  });
  await cases.settlement.posting.handle(made.map(({ record }) => record));
  return Promise.all(made.map(({ intent_id: id }) => cases.payment(id)));
}

const outcomeOf = async (id: string): Promise<string> => {
  const action = await findAction(stage.database.knex, id);
  return action?.failureCode ?? action?.status ?? 'nothing';
};
const broken = async () => {
  // No relay runs here.
  await stage.database.knex.raw('update outbox_batch set published_at = statement_timestamp()');
  return (await verifyInvariants(stage.database.knex)).filter(({ violations }) => violations !== 0);
};

test('two refunds of 60 on 100 at once, fifty of them: one succeeds', async () => {
  const paid = await payments(repetitions, 'automatic');
  const ids = paid.map(() => Array.from({ length: 50 }, () => crypto.randomUUID()));
  const shares: InboundRecord[][] = [[], [], []];
  for (const [at, payment] of paid.entries()) {
    for (const [index, intent_id] of (ids[at] ?? []).entries()) {
      shares[index % 3]?.push(cases.askRefund(payment, { intent_id, amount_minor: 60n }));
    }
  }
  await handleAtOnce(shares, 400);
  for (const [at, payment] of paid.entries()) {
    const found = await Promise.all(
      (ids[at] ?? []).map((id) => findRefund(stage.database.knex, id)),
    );
    const succeeded = found.filter((refund) => refund?.status === 'succeeded');
    const refused = found.filter((refund) => refund?.failureCode === 'refund_exceeds_remaining');
    expect([succeeded.length, refused.length]).toEqual([1, 49]);
    expect(refused.every((refund) => refund?.remainingMinor === 40n)).toBe(true);
    expect(await cases.payment(payment.id)).toMatchObject({ refundedMinor: 60n });
  }
  expect(await broken()).toEqual([]);
}, 120_000);

test('capture against cancel: one of them, and the other is told the state', async () => {
  const held = await payments(repetitions, 'manual');
  const asked = held.map(() => ({ capture: crypto.randomUUID(), cancel: crypto.randomUUID() }));
  const shares: InboundRecord[][] = [[], []];
  for (const [at, payment] of held.entries()) {
    const { capture, cancel } = asked[at] ?? { capture: '', cancel: '' };
    // In turns, so that both come first even where one process always wins.
    shares[at % 2]?.push(cases.ask('capture', payment, { intent_id: capture }));
    shares[1 - (at % 2)]?.push(cases.ask('cancel', payment, { intent_id: cancel }));
  }
  await handleAtOnce(shares, 7);
  const seen = new Set<string>();
  for (const [at, payment] of held.entries()) {
    const { capture, cancel } = asked[at] ?? { capture: '', cancel: '' };
    const { status, capturedMinor } = await cases.payment(payment.id);
    const result = [await outcomeOf(capture), await outcomeOf(cancel), status, capturedMinor];
    seen.add(result.join());
    expect([
      ['succeeded', 'invalid_state', 'captured', 100n],
      ['invalid_state', 'succeeded', 'canceled', 0n],
    ]).toContainEqual(result);
  }
  expect(seen.size).toBe(2);
  expect(await broken()).toEqual([]);
}, 120_000);

test('capture against expiry: captured in time, or authorization_expired', async () => {
  const held = await payments(repetitions, 'manual');
  const ids = held.map(() => crypto.randomUUID());
  // Each runs out somewhere in the time that the captures take.
  await stage.database.knex.raw(
    `with due as (select id, statement_timestamp() + random() * interval '1 second' as at
        from payment where status = 'authorized' and payee_wallet_id = ?),
      held as (update hold h set expires_at = due.at from due where h.payment_id = due.id)
     update payment p set authorization_expires_at = due.at from due where p.id = due.id`,
    [shop],
  );
  const asked = held.map((payment, at) =>
    cases.ask('capture', payment, { intent_id: ids[at] ?? '' }),
  );
  let isCapturing = true;
  const expiring = async (): Promise<void> => {
    while (isCapturing) await expire('authorized', 5);
  };
  await Promise.all([handleAtOnce([asked], 3).finally(() => (isCapturing = false)), expiring()]);
  await stage.database.knex.raw('select pg_sleep(1)');
  while ((await expire('authorized', 100)).changes.length > 0);
  const seen = new Map<string, number>();
  for (const [at, payment] of held.entries()) {
    const { status, capturedMinor } = await cases.payment(payment.id);
    const result = [await outcomeOf(ids[at] ?? ''), status, capturedMinor];
    seen.set(result.join(), (seen.get(result.join()) ?? 0) + 1);
    expect([
      ['succeeded', 'captured', 100n],
      ['authorization_expired', 'expired', 0n],
    ]).toContainEqual(result);
  }
  // Both came about: it was a race.
  expect(seen.size).toBe(2);
  expect(await broken()).toEqual([]);
}, 120_000);

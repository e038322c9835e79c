import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { post } from '../ledger/post.ts';
import { createTestDatabase } from '../testing/index.ts';
import { findWallets } from '../wallets/facts.ts';
import { openWallets } from '../wallets/store.ts';
import { invariants } from './invariants.ts';
import { verifyInvariants } from './verify.ts';

let drop: () => Promise<void>;
let db: Database;

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test verify' });
});
afterAll(async () => {
  await db.close();
  await drop();
});

/** A small sound ledger: two wallets, a top-up and a hold. */
beforeEach(async () => {
  const ids = [randomUUID(), randomUUID()];
  await openWallets(
    db.knex,
    ids.map((id) => ({ id, ownerId: randomUUID(), kind: 'customer' as const, currency: 'USD' })),
  );
  const facts = await findWallets(db.knex, ids);
  const at = (index: number) => facts.get(ids[index] ?? '')?.accounts.customer ?? 0n;
  const leg = (accountId: bigint, amountMinor: bigint) => ({
    accountId,
    amountMinor,
    currency: 'USD',
  });
  const transfer = (from: bigint, to: bigint, amount: bigint) => ({
    ...{ type: 'transfer' as const, paymentId: null },
    kind: from === external ? ('top_up' as const) : ('payment' as const),
    ...{ id: randomUUID(), intentId: randomUUID(), legs: [leg(from, -amount), leg(to, amount)] },
  });
  const external = facts.get(ids[0] ?? '')?.platform.external ?? 0n;
  const results = await post(db.knex, [
    transfer(external, at(0), 500n),
    transfer(at(0), at(1), 200n),
    {
      ...{ type: 'hold', id: randomUUID(), accountId: at(1), amountMinor: 50n, currency: 'USD' },
      ...{ paymentId: null, reason: 'review', expiresInSeconds: 60 },
    },
  ]);
  expect(results).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
});

const someAccount = `(select id from account where kind = 'customer' and version > 1
  order by id desc limit 1)`;
const payment = (columns: string) => `insert into payment (id, payer_wallet_id, payee_wallet_id,
  payer_id, payee_id, amount_minor, accepted_at, version, currency, capture, ${columns}`;
const ids = `values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
  gen_random_uuid(), 100, now(), 1, 'USD', 'automatic', `;

/** Planted by a superuser, past every trigger and check; each must be found and named. */
const corruptions: { what: string; sql: string[]; found: string[] }[] = [
  { what: 'nothing', sql: [], found: [] },
  {
    what: 'an amount changed',
    sql: [
      `update entry set amount_minor = amount_minor + 1 where account_id = ${someAccount}
      and version = 1`,
    ],
    found: ['I1', 'I2', 'I3'],
  },
  {
    what: 'an entry removed from the middle',
    sql: [`delete from entry where account_id = ${someAccount} and version = 1`],
    found: ['I1', 'I2', 'I3', 'I10'],
  },
  {
    what: 'the last entry removed',
    sql: [`delete from entry where account_id = ${someAccount} and version = 2`],
    found: ['I1', 'I2', 'I3', 'I10'],
  },
  {
    what: 'a transfer removed',
    sql: [`delete from transfer where id = (select max(id::text)::uuid from transfer)`],
    found: ['I1'],
  },
  {
    what: 'a balance changed',
    sql: [`update account set balance_minor = balance_minor + 1 where id = ${someAccount}`],
    found: ['I2', 'I3'],
  },
  {
    what: 'a balance below the limit',
    sql: [
      `alter table account drop constraint account_floor`,
      `update account set limit_minor = 0 where kind = 'external' and balance_minor < 0`,
    ],
    found: ['I4'],
  },
  {
    what: 'a held amount without a hold',
    sql: [`update account set held_minor = 1 where id = ${someAccount}`],
    found: ['I5'],
  },
  {
    what: 'a hold that the account does not know',
    sql: [`update hold set amount_minor = amount_minor + 1`],
    found: ['I5'],
  },
  {
    what: 'a payment without intent, money or event',
    sql: [`${payment('status, captured_minor)')} ${ids} 'captured', 100)`],
    found: ['I7', 'I9', 'I12'],
  },
  {
    what: 'an intent without an effect',
    sql: [
      `insert into intent (id, source_offset, source_partition, kind, source_topic, payload_hash)
      values (gen_random_uuid(), 1, 0, 'payment', 'x', sha256('x'))`,
    ],
    found: ['I7'],
  },
  {
    what: 'more returned than captured',
    sql: [
      `alter table payment drop constraint payment_returned_bound`,
      `${payment('status, refunded_minor)')} ${ids} 'rejected', 1)`,
    ],
    found: ['I7', 'I8', 'I12'],
  },
  {
    what: 'a batch that lost a record, and one never published',
    sql: [
      `insert into outbox_batch (topic, record_count) values ('payment-events', 1)`,
      `insert into outbox_batch (topic, record_count, created_at)
        values ('payment-events', 1, now() - interval '2 minutes')`,
    ],
    found: ['I12'],
  },
];

test.each(corruptions)('$what: found by $found', async ({ sql, found }) => {
  const rollback = new Error('rolled back on purpose');
  const check = db.knex.transaction(async (trx) => {
    await trx.raw(`set local session_replication_role = replica`);
    for (const statement of sql) await trx.raw(statement);
    for (const sinceMs of [null, 0]) {
      const results = await verifyInvariants(trx, { sinceMs });
      const broken = results.filter((result) => result.violations > 0);
      // A recent pass leaves the join over all intents to the full one.
      const expected = sinceMs === 0 && found.join() === 'I7' ? [] : found;
      expect(broken.map(({ id }) => id)).toEqual(expected);
      for (const { examples } of broken) expect(examples[0]).toMatch(/^[a-z-]+ .+: .+/);
    }
    throw rollback;
  });
  await expect(check).rejects.toBe(rollback);
});

test('each invariant is listed once', () => {
  expect(new Set(invariants.map(({ id }) => id)).size).toBe(invariants.length);
});

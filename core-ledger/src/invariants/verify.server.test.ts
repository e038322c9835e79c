import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSealer } from '../chain/seal.ts';
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

/** A small sound ledger, sealed: two wallets, a top-up, a payment and a hold. */
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
  await createSealer(db.knex, { patienceMs: 5_000 }).seal();
});

const someAccount = `(select id from account where kind = 'customer' and version > 1
  order by id desc limit 1)`;
const lastTransfer = `(select id from transfer order by number desc limit 1)`;
const lastHold = `(select id from hold order by created_at desc limit 1)`;
const payment = (columns: string) => `insert into payment (id, payer_wallet_id, payee_wallet_id,
  payer_id, payee_id, amount_minor, accepted_at, version, currency, capture, ${columns}`;
const ids = `values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
  gen_random_uuid(), 100, now(), 1, 'USD', 'automatic', `;
/** Of a captured payment that nothing else is right with. */
const refund = (columns: string) => `with made as (${payment('status, captured_minor)')} ${ids}
  'captured', 100) returning *) insert into refund (id, payment_id, payer_wallet_id,
  payee_wallet_id, payer_id, payee_id, actor_id, amount_minor, asked_minor, accepted_at, version,
  currency, ${columns} select gen_random_uuid(), id, payer_wallet_id, payee_wallet_id, payer_id,
  payee_id, payee_id, 7, 7, now(), 1, 'USD',`;
/** Seven of a captured payment are disputed, and nothing else knows of it. */
const dispute = `with made as (${payment('status, captured_minor)')} ${ids} 'captured', 100)
  returning *) insert into dispute (id, payment_id, payer_wallet_id, payee_wallet_id, payer_id,
  payee_id, amount_minor, asked_minor, reserved_minor, credited_minor, awarded_minor, fee_minor,
  accepted_at, due_at, version, payer_evidence, payee_evidence, stage, status, reason, description,
  currency) select gen_random_uuid(), id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, 7,
  0, 7, 0, 0, 0, now(), now() + interval '1 day', 1, 0, 0, 'chargeback', 'needs_response', 'other',
  'd', 'USD' from made`;
const refused = (id: string, kind: string) => `insert into posting_result (id, payload_hash, kind,
  refusal) select ${id}, 'x', '${kind}', 'insufficient_funds'`;

/** An empty batch of which nothing else knows. */
const settlement = `insert into settlement (id, wallet_id,
  owner_id, created_by, gross_minor, refunds_minor, disputes_minor, fees_minor, carried_minor,
  net_minor, carried_in_minor, carried_out_minor, confirmed_minor, accepted_at, version, item_count,
  cuts, origin, currency, status) values (gen_random_uuid(), gen_random_uuid(),
  gen_random_uuid(), gen_random_uuid(), 0, 0, 0, 0, 0, 0, 0, 0, 0, now(), 1, 0, '{0,0,0,0}', 'run',
  'USD', 'settled')`;

type Corruption = {
  what: string;
  sql: string[];
  /** Who finds it, and what its first example says. */
  found: Record<string, RegExp>;
  /** Left to the pass over everything. */
  onlyFull?: string[];
};

/** Planted by a superuser, past every trigger and check; each must be found and named. */
const corruptions: Corruption[] = [
  { what: 'nothing', sql: [], found: {} },
  {
    what: 'an amount changed',
    sql: [
      `update entry set amount_minor = amount_minor + 1 where account_id = ${someAccount}
      and version = 1`,
    ],
    found: {
      I1: /^transfer .{36}: USD sums to 1$/,
      I2: /^currency USD: entries sum to 1$/,
      I3: /^entry \d+-1: 0 before, 501, then 500$/,
      I17: /^transfer .{36} number \d+ of block \d+: it or its entries are not what was sealed$/,
    },
  },
  {
    what: 'an entry removed from the middle',
    sql: [`delete from entry where account_id = ${someAccount} and version = 1`],
    found: {
      ...{ I1: /^transfer .{36}: USD sums to -500/, I2: /USD/, I3: /^entry \d+-2: 0 before/ },
      I10: /^(account \d+: 1 entries at version 2|entry \d+-2: has no predecessor)$/,
      I17: /^transfer .{36} number/,
    },
  },
  {
    what: 'the last entry removed',
    sql: [`delete from entry where account_id = ${someAccount} and version = 2`],
    found: {
      ...{
        I1: /sums to 200/,
        I2: /USD/,
        I3: /^account \d+: balance 300, its last entry says 500$/,
      },
      ...{ I10: /^account \d+: /, I17: /^transfer .{36} number/ },
    },
  },
  {
    what: 'an entry that is in two months',
    sql: [
      `insert into entry select account_id, version, amount_minor, balance_after_minor,
        posted_at + interval '1 month', transfer_id from entry where account_id = ${someAccount}`,
    ],
    found: {
      ...{ I1: /^transfer/, I2: /USD/ },
      I10: /^(account \d+: 4 entries at version 2|entry \d+-[12]: is there twice)$/,
      I17: /^entry \d+-1: its times are not those of transfer/,
    },
  },
  {
    what: 'the effective time of an entry',
    sql: [
      `update entry set effective_at = posted_at - interval '1 day'
        where account_id = ${someAccount} and version = 1`,
    ],
    found: { I17: /^entry \d+-1: its times are not those of transfer .{36}$/ },
  },
  {
    what: 'a transfer removed',
    sql: [`delete from transfer where id = ${lastTransfer}`],
    found: {
      I1: /^transfer .{36}: has entries but no row$/,
      I17: /^transfer \? number \d+ of block \d+: it was sealed and is no longer there$/,
    },
  },
  {
    what: 'a transfer inserted under a number that was sealed',
    sql: [
      `insert into transfer (id, kind, number) select gen_random_uuid(), 'fee', number
      from transfer where id = ${lastTransfer}`,
    ],
    found: {
      I1: /^transfer .{36}: has no entries$/,
      I17: /^transfer .{36} number \d+ of block \d+: it was not there when/,
    },
  },
  {
    what: 'a transfer that nobody sealed',
    sql: [
      `insert into transfer (id, kind, posted_at)
        values (gen_random_uuid(), 'fee', now() - interval '11 minutes')`,
    ],
    found: {
      I1: /^transfer .{36}: has no entries$/,
      I17: /^transfer .{36}: number \d+ is in no block since/,
    },
  },
  {
    what: 'the metadata of a transfer',
    sql: [`update transfer set metadata = '{"a": "b"}' where id = ${lastTransfer}`],
    found: { I17: /^transfer .{36} number \d+ of block \d+: it or its entries are not/ },
  },
  {
    what: 'two blocks swapped',
    sql: [
      `update chain_block set height = -height`,
      `update chain_block set height = (select -min(height) + 1 from chain_block) + height`,
    ],
    found: { I17: /^block \d+: / },
  },
  {
    what: 'a balance changed',
    sql: [`update account set balance_minor = balance_minor + 1 where id = ${someAccount}`],
    found: { I2: /^currency USD: balances sum to 1$/, I3: /^account \d+: balance 301/ },
  },
  {
    what: 'a balance below the limit',
    sql: [
      `alter table account drop constraint account_floor`,
      `update account set limit_minor = 0 where kind = 'external' and balance_minor < 0`,
    ],
    found: { I4: /^account \d+: balance -\d+, held 0, limit 0$/ },
  },
  {
    what: 'a held amount without a hold',
    sql: [`update account set held_minor = 1 where id = ${someAccount}`],
    found: { I5: /^account \d+: held 1, open holds 0$/ },
  },
  {
    what: 'the amount of a hold',
    sql: [`update hold set amount_minor = amount_minor + 1`],
    found: { I5: /^account \d+: held 50, open holds 51$/ },
  },
  {
    what: 'a hold that outlived its expiry',
    sql: [`update hold set expires_at = now() - interval '11 minutes' where id = ${lastHold}`],
    found: { I5: /^hold .{36}: is open though it expired/ },
  },
  {
    what: 'a capture that nothing moved',
    sql: [
      `update hold set captured_minor = 20 where id = ${lastHold}`,
      `update account set held_minor = held_minor - 20
        where id = (select account_id from hold where id = ${lastHold})`,
    ],
    found: { I5: /^hold .{36}: captured 20, its captures moved 0$/ },
    onlyFull: ['I5'],
  },
  {
    what: 'money moved for a hold that says it was not captured',
    sql: [
      `update transfer set hold_id = (select h.id from hold h join entry e using (account_id)
      where e.transfer_id = transfer.id and h.id = ${lastHold}) where id = ${lastTransfer}`,
      `update hold set account_id = ${someAccount} where id = ${lastHold}`,
    ],
    found: { I5: /^hold .{36}: captured 0, its captures moved 200$|^account/, I17: /^transfer/ },
  },
  {
    what: 'a payment without intent, money or event',
    sql: [`${payment('status, captured_minor)')} ${ids} 'captured', 100)`],
    found: {
      ...{ I7: /^payment .{36}: has no intent$/, I12: /^payment .{36}: has no event$/ },
      I9: /^payment .{36}: captured at version 1: captured 100, moved 0, held 0$/,
    },
  },
  {
    what: 'an authorization that outlived its expiry',
    sql: [
      `${payment('status, authorization_expires_at)')} ${ids} 'authorized',
        now() - interval '11 minutes')`,
    ],
    found: { I6: /^payment .{36}: is still authorized/, I7: /^payment/, I12: /^payment/ },
  },
  {
    what: 'an authorization without its hold',
    sql: [
      `${payment('status, authorization_expires_at)')} ${ids} 'authorized',
        now() + interval '1 day')`,
    ],
    found: { I7: /^payment/, I9: /^payment .{36}: authorized at version 1/, I12: /^payment/ },
  },
  {
    what: 'a record that is parked for good',
    sql: [
      `insert into intent (id, source_offset, source_partition, kind, source_topic, payload_hash,
        state) values (gen_random_uuid(), 1, 0, 'payment', 'planted', sha256('x'), 'parked')`,
      `insert into parked (intent_id, blocked_account_id, next_at, parked_at, reason, topic,
        partition, source_offset, timestamp_ms, value, headers)
        select id, 1, now(), now() - interval '11 minutes', 'r', 't', 0, 0, 0, 'v', '{}'
        from intent where source_topic = 'planted'`,
    ],
    found: { I6: /^intent .{36}: is parked since/ },
  },
  {
    what: 'an intent without an effect',
    sql: [
      `insert into intent (id, source_offset, source_partition, kind, source_topic, payload_hash)
      values (gen_random_uuid(), 1, 0, 'payment', 'x', sha256('x'))`,
    ],
    found: { I7: /^intent .{36}: is settled without a payment$/ },
    onlyFull: ['I7'],
  },
  {
    what: 'more returned than captured',
    sql: [
      `alter table payment drop constraint payment_returned_bound`,
      `${payment('status, refunded_minor)')} ${ids} 'rejected', 1)`,
    ],
    found: { I7: /^payment/, I8: /^payment .{36}: captured 0 of 100, refunded 1/, I12: /^payment/ },
  },
  {
    what: 'a refund that no money moved for, which its payment knows nothing of',
    sql: [`${refund('status)')} 'succeeded' from made`],
    found: {
      ...{ I7: /^payment|^refund/, I12: /^payment|^refund/ },
      I8: /^payment .{36}: refunded 0, its refunds 7; refunding 0, they 0$/,
      I9: /^payment/,
    },
  },
  {
    what: 'a refund that has waited for too long',
    sql: [`${refund('status)')} 'pending' from made`, `update refund set accepted_at = '2020-1-1'`],
    found: {
      I6: /^refund .{36}: waits for money since 2020/,
      ...{ I7: /^payment|^refund/, I12: /^payment|^refund/ },
      I8: /^payment .{36}: refunded 0, its refunds 0; refunding 0, they 7$/,
      I9: /^payment/,
    },
  },
  {
    what: 'a dispute that its payment does not count',
    sql: [dispute],
    found: {
      ...{ I7: /^dispute|^payment/, I12: /^dispute|^payment/, I9: /^payment/ },
      I8: /^dispute .{36}: counts for a payment that counts 0$/,
    },
  },
  {
    what: 'a dispute that no timer ends',
    sql: [dispute, `update dispute set due_at = '2020-1-1'`],
    found: {
      I6: /^dispute .{36}: is still needs_response, which was due at 2020/,
      ...{ I7: /^dispute|^payment/, I8: /^dispute/, I12: /^dispute|^payment/, I9: /^payment/ },
    },
  },
  {
    what: 'a provisional credit that no open dispute gave',
    sql: [`update account set balance_minor = -7 where kind = 'provisional'`],
    found: {
      ...{ I2: /^currency USD/, I3: /^account/ },
      I8: /^account \d+: provisional -7, open disputes 0$/,
    },
    onlyFull: ['I3'],
  },
  {
    what: 'a reserve that no open dispute set aside, and a debt that nobody collects',
    sql: [
      `insert into account (wallet_id, owner_id, kind, currency, balance_minor, limit_minor)
        select gen_random_uuid(), gen_random_uuid(), kind, 'USD', minor, null
        from (values ('dispute_reserve', 7), ('receivable', -7)) as a (kind, minor)`,
    ],
    found: { I3: /^account/, I8: /^account \d+: (reserve 7, open disputes 0|owes 7)/ },
    onlyFull: ['I3', 'I8'],
  },
  {
    what: 'a batch that lost a record',
    sql: [`insert into outbox_batch (topic, record_count) values ('payment-events', 1)`],
    found: { I12: /^outbox batch \d+: 0 records of 1$/ },
  },
  {
    what: 'a batch that was never published',
    sql: [
      `with late as (insert into outbox_batch (topic, record_count, created_at)
        values ('payment-events', 1, now() - interval '11 minutes') returning id)
       insert into outbox (batch_id, position, event_id, key, payload, headers)
        select id, 0, gen_random_uuid(), 'key', 'payload', '{}' from late`,
    ],
    found: { I12: /^outbox batch \d+: not published since / },
  },
  {
    what: 'a batch without its items',
    sql: [settlement, 'update settlement set item_count = 1'],
    found: {
      ...{ I7: /^settlement .{36}: has no intent$/, I12: /^settlement .{36}: has no event$/ },
      I22: /^settlement .{36}: reports 0 − 0 − 0 − 0 \+ 0 of 1 items, which are .* of 0$/,
    },
  },
  {
    what: 'a batch that was paid, and nothing has moved',
    sql: [
      settlement,
      `update settlement set carried_in_minor = 7, carried_minor = 7, net_minor = 7,
        confirmed_minor = 7`,
    ],
    found: {
      ...{ I7: /^settlement/, I12: /^settlement/ },
      I22: /^settlement .{36}: settled: 7 sent, 7 of it confirmed, 0 back; its .* say 0, 0, 0$/,
    },
  },
  {
    what: 'a transfer that was refused',
    sql: [refused(lastTransfer, 'transfer')],
    found: { I15: /^transfer .{36}: was refused: insufficient_funds$/ },
  },
  {
    what: 'a hold that was refused',
    sql: [refused(lastHold, 'hold')],
    found: { I15: /^hold .{36}: was refused: insufficient_funds$/ },
  },
  {
    what: 'a transfer of a chain that was refused',
    sql: [
      `update transfer set chain_id = gen_random_uuid() where id = ${lastTransfer}`,
      refused(`(select chain_id from transfer where id = ${lastTransfer})`, 'chain'),
    ],
    found: { I15: /^transfer .{36}: is of chain .{36}, which was refused/, I17: /^transfer/ },
  },
  ...['entry', 'entry_until_partitioned', 'transfer', 'chain_block', 'posting_result'].flatMap(
    (table): Corruption[] => [
      {
        what: `the trigger of ${table} disabled`,
        sql: [
          `alter table only ${table} disable trigger ${
            table.startsWith('entry') ? 'entry' : table
          }_append_only`,
        ],
        found: { I18: new RegExp(`^table ${table}: its trigger is disabled$`) },
      },
      {
        what: `the right to change ${table}`,
        sql: [`grant update, truncate on ${table} to wallet_app`],
        found: { I18: new RegExp(`^table ${table}: the application may (update|truncate)$`) },
      },
    ],
  ),
  {
    what: 'the right to change a column',
    sql: ['grant update (reference) on transfer to wallet_app'],
    found: { I18: /^table transfer: the application may update reference$/ },
  },
  {
    what: 'a trigger that is gone',
    sql: ['drop trigger transfer_append_only on transfer'],
    found: { I18: /^table transfer: has no trigger that refuses changes$/ },
  },
  {
    what: 'a trigger that refuses nothing',
    sql: [
      `create or replace function refuse_change() returns trigger language plpgsql
      as 'begin return null; end'`,
    ],
    found: { I18: /^function refuse_change: is not what the migrations made$/ },
  },
  {
    what: 'an application that may become the owner',
    sql: [`do $$ begin execute format('grant %I to wallet_app', current_user); end $$`],
    found: { I18: /^role wallet_app: is a superuser, or may become the owner$/ },
  },
];

test.each(corruptions)('$what', async ({ sql, found, onlyFull = [] }) => {
  const rollback = new Error('rolled back on purpose');
  const check = db.knex.transaction(async (trx) => {
    await trx.raw(`set local session_replication_role = replica`);
    for (const statement of sql) await trx.raw(statement);
    for (const lookBackMs of [null, 3_600_000]) {
      const results = await verifyInvariants(trx, { lookBackMs });
      const broken = results.filter((result) => result.violations > 0);
      const expected = invariants
        .map(({ id }): string => id)
        .filter((id) => id in found && (lookBackMs === null || !onlyFull.includes(id)));
      expect(broken.map(({ id, examples }) => ({ id, examples }))).toEqual(
        expected.map((id) => ({ id, examples: expect.anything() })),
      );
      for (const { id, examples } of broken) expect(examples[0]).toMatch(found[id] ?? /never/);
    }
    throw rollback;
  });
  await expect(check).rejects.toBe(rollback);
});

test('each invariant is listed once', () => {
  expect(new Set(invariants.map(({ id }) => id)).size).toBe(invariants.length);
});

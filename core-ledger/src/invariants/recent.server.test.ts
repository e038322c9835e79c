import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSealer } from '../chain/seal.ts';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import { invariants } from './invariants.ts';
import { checkInvariant } from './verify.ts';

let db: Database;
let drop: () => Promise<void>;
const transfers = 100_000;

/** A day of transfers between two hundred accounts, sealed; the last minutes have a hundredth. */
beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test recent', poolSize: 1 });
  await db.knex.raw(`
    insert into account (kind, currency, wallet_id, limit_minor)
      select 'customer', 'USD', gen_random_uuid(), null from generate_series(1, 200);
    create temporary table plan as
      select n, gen_random_uuid() as id, now() - interval '1 day' * (1 - n / ${transfers}.0) as at
        from generate_series(1, ${transfers}) n;
    insert into transfer (id, kind, posted_at) select id, 'fee', at from plan order by n;
    insert into entry
      select account, row_number() over own, minor, sum(minor) over own, at, id
      from (select 1 + n % 200 as account, -5 as minor, * from plan
        union all select 1 + (n + 7) % 200, 5, * from plan) leg
      window own as (partition by account order by n) order by n;
    update account a set version = e.version, balance_minor = e.balance_after_minor
      from (select distinct on (account_id) * from entry order by account_id, version desc) e
      where e.account_id = a.id`);
  await createSealer(db.knex, { patienceMs: 5_000 }).seal();
  await db.knex.raw('vacuum analyze');
}, 60_000);
afterAll(async () => {
  await db.close();
  await drop();
});

/** Rows of transfers and entries that this session has read, by any kind of scan. */
async function rowsRead(): Promise<{ whole: number; byIndex: number }> {
  await db.knex.raw('select pg_stat_force_next_flush()');
  const found = await db.knex.raw<{ rows: { whole: string; by_index: string }[] }>(
    `select sum(seq_tup_read) as whole, sum(idx_tup_fetch) as by_index from pg_stat_user_tables
     where relname = 'transfer' or relname like 'entry%'`,
  );
  const [row] = found.rows;
  return { whole: Number(row?.whole), byIndex: Number(row?.by_index) };
}

const ofJournal = invariants.filter(({ id }) => ['I1', 'I2', 'I3', 'I7', 'I10'].includes(id));

test.each(ofJournal)('a recent pass of $id reads what is recent', async (invariant) => {
  const before = await rowsRead();
  const { violations, examples } = await checkInvariant(db.knex, invariant, 600_000);
  expect({ violations, examples }).toEqual({ violations: 0, examples: [] });
  const after = await rowsRead();
  expect(after.whole - before.whole).toBe(0);
  // 700 transfers and 1,400 entries are recent; block ranges hold some thousands more.
  expect(after.byIndex - before.byIndex).toBeLessThan(30_000);
});

test('a recent pass of the chain looks at the last block, a full one at all', async () => {
  const chain = invariants.find(({ id }) => id === 'I17');
  if (chain === undefined) throw new Error('I17 is not listed');
  await db.knex.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(`update chain_block set sealed_at = now() - interval '1 hour'`);
    await trx.raw(`update transfer set reference = 'other' where number in (7, 9)`);
  });
  expect(await checkInvariant(db.knex, chain, 60_000)).toMatchObject({ violations: 0 });
  const full = await checkInvariant(db.knex, chain, null);
  expect(full.examples[0]).toMatch(
    /^transfer .{36} number 7 of block 1: it or its entries are not/,
  );
});

test('a payment of earlier that is refunded now is sound in a recent pass, too', async () => {
  await db.knex.raw(`
    with transfer as (
      insert into transfer (id, kind, payment_id, posted_at)
        select gen_random_uuid(), 'payment', gen_random_uuid(), now() - interval '1 hour'
        returning id, payment_id, posted_at),
    entry as (
      insert into entry
        select leg.account, 1, leg.minor, leg.minor, posted_at, id
        from transfer cross join (values (301, -100), (302, 100)) leg(account, minor))
    insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
        captured_minor, refunded_minor, accepted_at, decided_at, version, status, currency, capture)
      select payment_id, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
        gen_random_uuid(), 100, 100, 30, posted_at, posted_at, 1, 'captured', 'USD', 'automatic'
      from transfer`);
  const states = invariants.find(({ id }) => id === 'I9');
  if (states === undefined) throw new Error('I9 is not listed');
  for (const lookBackMs of [60_000, null])
    expect((await checkInvariant(db.knex, states, lookBackMs)).examples).toEqual([]);
});

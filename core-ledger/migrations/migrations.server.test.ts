import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createEmptyDatabase } from '../src/testing/index.ts';
import { migrations } from './index.ts';

/**
 * What a migration must leave as it was and what it must bring about, on a database with rows in
 * it. `fill` runs before it and stays for those after it. `same` answers the same rows before and
 * after; `wrong` answers no row after.
 */
type Step = { fill: string; same: Record<string, string>; wrong: Record<string, string> };

const ledgerRows = {
  accounts: 'select * from account order by id',
  transfers: 'select id, payment_id, intent_id, posted_at, kind from transfer order by id',
  entries: `select account_id, version, amount_minor, balance_after_minor, posted_at, transfer_id
    from entry order by account_id, version`,
  holds: `select id, account_id, amount_minor, payment_id, created_at, expires_at, closed_at,
    state, reason from hold order by id`,
  'what the auditor sees of accounts': 'select * from audit.accounts order by account_id',
  'what the auditor sees of entries': 'select * from audit.entries order by entry_id',
  'what the auditor sees of transfers': 'select * from audit.transfers order by transfer_id',
};

/** From the first one that met data: each migration since must have its row here. */
const steps: Record<string, Step> = {
  '0006-ledger-core': {
    // Forty transfers between six accounts, written out of their order, several at one moment, with
    // holds that are open, captured and voided, from a month ago until now.
    fill: `
      insert into account (kind, currency, wallet_id, limit_minor)
        select 'customer', 'USD', gen_random_uuid(), null from generate_series(1, 6);
      create temporary table plan as
        select n, gen_random_uuid() as id, now() - make_interval(hours => 20 * (20 - n / 2)) as at,
          1 + n % 6 as payer, 1 + (n + 1) % 6 as payee, 100 + n as minor
        from generate_series(1, 40) n;
      insert into transfer (id, payment_id, intent_id, posted_at, kind)
        select id, case when n % 2 = 0 then gen_random_uuid() end, gen_random_uuid(), at, 'payment'
        from plan order by n / 2 % 7, n;
      insert into entry
        select account, row_number() over own, minor, sum(minor) over own, at, id
        from (select payer as account, -minor as minor, n, at, id from plan
          union all select payee, minor, n, at, id from plan) leg
        window own as (partition by account order by n);
      insert into hold (id, account_id, amount_minor, expires_at, reason, state, closed_at)
        select gen_random_uuid(), n, 7 * n, now() + interval '1 day', 'review', state,
          case when state <> 'open' then now() end
        from generate_series(1, 6) n,
          lateral (select (array['open', 'captured', 'voided'])[1 + n % 3] as state) s;
      update account a set version = e.version, balance_minor = e.balance_after_minor,
          held_minor = coalesce((select sum(amount_minor) from hold
            where account_id = a.id and state = 'open'), 0)
        from (select distinct on (account_id) * from entry order by account_id, version desc) e
        where e.account_id = a.id`,
    same: ledgerRows,
    wrong: {
      'numbers do not run as times do': `select * from (
          select number, posted_at, lag(posted_at) over (order by number) as before from transfer
        ) t where posted_at < before`,
      'numbers do not run as versions do': `select * from (
          select e.account_id, e.version, t.number,
            lag(t.number) over (partition by e.account_id order by e.version) as before
          from entry e join transfer t on t.id = e.transfer_id
        ) t where number < before`,
      'numbers are not 1..n, or the next one is taken': `
        select count(*) from transfer
        having min(number) <> 1 or max(number) <> count(*) or count(distinct number) <> count(*)
          or nextval('transfer_number_seq') <> count(*) + 1`,
      'a transfer can be changed': `select from pg_trigger
        where tgrelid = 'transfer'::regclass and tgname = 'transfer_append_only'
          and tgenabled <> 'O'`,
      'something is left over': `select from pg_class where relname = 'transfer_as_it_lay'`,
      'an entry of now or of the next three months has no place': `
        select moment from generate_series(now(), now() + interval '3 months', interval '1 day')
          as moment
        where not exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid,
          lateral (select pg_get_expr(c.relpartbound, c.oid) as bound) b
          where i.inhparent = 'entry'::regclass
            and moment < substring(bound from 'TO \\(''([^'']+)')::timestamptz)`,
    },
  },
  '0007-application-role': {
    fill: `insert into posting_result (id, payload_hash, kind)
      values (gen_random_uuid(), 'x', 'void')`,
    same: {
      ...ledgerRows,
      numbers: 'select id, number from transfer order by id',
      results: 'select * from posting_result',
    },
    wrong: {
      'the application may change evidence': `
        select relname, right_to
        from pg_class, unnest(array['update', 'delete', 'truncate']) right_to
        where (relname in ('transfer', 'entry', 'chain_block', 'posting_result')
            or oid in (select inhrelid from pg_inherits where inhparent = 'entry'::regclass))
          and has_table_privilege('wallet_app', oid, right_to)`,
      'the application cannot post': `
        select relname from pg_class where relname in ('transfer', 'entry', 'hold', 'account')
          and not has_table_privilege('wallet_app', oid, 'insert')`,
    },
  },
  '0008-account-status': {
    fill: '',
    same: ledgerRows,
    wrong: {
      'the application may change what is told of accounts': `
        select right_to from unnest(array['update', 'delete', 'truncate']) right_to
        where has_table_privilege('wallet_app', 'account_status_change', right_to)`,
      'the application cannot tell of accounts': `
        select where not has_table_privilege('wallet_app', 'account_status_change', 'insert')`,
    },
  },
  '0009-identity-service': {
    fill: `
      insert into app_user (id, email, name, role, password_hash)
        select gen_random_uuid(), 'user' || n || '@example.org', 'User ' || n, 'customer', 'hash'
        from generate_series(1, 3) n;
      insert into session (id, user_id, expires_at)
        select gen_random_uuid(), id, now() + interval '1 day' from app_user`,
    same: {
      users: 'select * from app_user order by id',
      sessions: 'select * from session order by id',
    },
    wrong: {
      'the application may erase or change a person': `
        select relname, right_to from (values ('person'), ('person_key')) t(relname),
          unnest(array['update', 'delete', 'truncate']) right_to
        where has_table_privilege('wallet_app', relname, right_to)`,
      'the application cannot keep a person': `
        select relname from (values ('person'), ('person_key')) t(relname)
        where not has_table_privilege('wallet_app', relname, 'insert')`,
    },
  },
  '0010-payment-timers': {
    fill: `
      insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
        accepted_at, authorization_expires_at, version, status, currency, capture)
        select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
          gen_random_uuid(), 100 + n, now(), now() + make_interval(days => n), 1, status, 'USD',
          'manual'
        from generate_series(1, 6) n,
          lateral (select (array['authorized', 'in_review', 'canceled'])[1 + n % 3] as status) s`,
    same: { payments: 'select * from payment order by id' },
    wrong: {
      'what is due is not found by its deadline': `
        select where not exists (select from pg_index i join pg_class c on c.oid = i.indexrelid
          where i.indrelid = 'payment'::regclass and i.indisvalid
            and c.relname = 'payment_authorization_due')`,
    },
  },
};
const first = migrations.findIndex(({ name }) => name in steps);

let client: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const made = await createEmptyDatabase();
  drop = made.drop;
  client = new pg.Client({ connectionString: made.url });
  await client.connect();
  // The migrator's own tables, which it makes before the first migration.
  await client.query('create table knex_migrations (name text)');
  await client.query('create table knex_migrations_lock (is_locked int)');
  for (const { up } of migrations.slice(0, first)) await client.query(up);
});
afterAll(async () => {
  await client.end();
  await drop();
});

test('every migration since the first that met data says what it keeps', () => {
  expect(Object.keys(steps)).toEqual(migrations.slice(first).map(({ name }) => name));
});

describe.each(Object.entries(steps))('%s', (name, { fill, same, wrong }) => {
  const rowsOf = async (queries: Record<string, string>): Promise<Record<string, unknown[]>> => {
    const found: Record<string, unknown[]> = {};
    for (const [what, sql] of Object.entries(queries)) found[what] = (await client.query(sql)).rows;
    return found;
  };

  test('keeps what was there and brings what it says', async () => {
    await client.query(fill);
    const before = await rowsOf(same);
    expect(Object.entries(before).filter(([, rows]) => rows.length === 0)).toEqual([]);
    await client.query(migrations.find((migration) => migration.name === name)?.up ?? '');
    expect(await rowsOf(same)).toEqual(before);
    const nothing = Object.fromEntries(Object.keys(wrong).map((what) => [what, []]));
    expect(await rowsOf(wrong)).toEqual(nothing);
  });
});

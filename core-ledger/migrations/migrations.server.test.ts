import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createEmptyDatabase } from '../src/testing/index.ts';
import { migrations } from './index.ts';
import { ledgerRows, stepsSinceSettlements, type Step } from './testing/steps-since-settlements.ts';

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
  '0011-history': {
    fill: `
      update payment set status = 'expired', version = 2, updated_at = now() + interval '1 day'
        where status = 'authorized'`,
    same: {
      payments: `select id, payer_id, payee_id, status, version, accepted_at, updated_at
        from payment order by id`,
    },
    wrong: {
      'a change of before is not in the history': `
        select p.id from payment p left join object_change c on c.object_id = p.id
        where p.version > 1 and (c.to_status, c.version, c.at)
          is distinct from (p.status, p.version, p.updated_at)`,
      'the application may change the history': `
        select right_to from unnest(array['update', 'delete', 'truncate']) right_to
        where has_table_privilege('wallet_app', 'object_change', right_to)`,
    },
  },
  '0012-no-plain-persons': {
    fill: 'update app_user set email = null, name = null',
    same: { users: 'select id, role, password_hash, created_at from app_user order by id' },
    wrong: {
      'there is room for plain addresses': `select from pg_attribute
        where attrelid = 'app_user'::regclass and attname in ('email', 'name')`,
    },
  },
  '0013-commands': {
    fill: `
      insert into consumer_offset values
        ('settlement', 'payment-scored', 0, 7), ('settlement', 'test.wallet-intents', 3, 5)`,
    same: {
      scored: `select consumer_group, next_offset from consumer_offset
        where topic = 'payment-scored' and next_offset = 7`,
      'what is read next': `select topic, partition, next_offset from consumer_offset
        where topic like '%wallet-intents' order by topic, partition`,
    },
    wrong: {
      'settlement still reads top-ups': `select from consumer_offset
        where consumer_group = 'settlement' and topic like '%wallet-intents'`,
      'commands begin elsewhere': `select where not exists (select from consumer_offset
        where consumer_group = 'commands' and topic = 'test.wallet-intents' and partition = 3
          and next_offset = 5)`,
      'the application may change what was decided': `
        select right_to from unnest(array['update', 'delete', 'truncate']) right_to
        where has_table_privilege('wallet_app', 'action', right_to)`,
    },
  },
  '0014-refunds': {
    fill: '',
    same: ledgerRows,
    wrong: {
      'the application may remove refunds': `
        select where has_table_privilege('wallet_app', 'refund', 'delete')`,
      'the auditor does not see refunds': `
        select where not has_table_privilege('auditor', 'audit.refunds', 'select')`,
    },
  },
  '0015-disputes': {
    fill: '',
    same: ledgerRows,
    wrong: {
      'the application may change what was shown': `
        select right_to from unnest(array['update', 'delete', 'truncate']) right_to,
          unnest(array['dispute_evidence', 'evidence_content']) part
        where has_table_privilege('wallet_app', part, right_to)`,
      'the auditor does not see disputes': `select from audit.disputes
        where not has_table_privilege('auditor', 'audit.disputes', 'select')`,
    },
  },
  '0017-merchants-and-limits': {
    fill: `
      insert into account (kind, currency, wallet_id)
        select kind, 'USD', gen_random_uuid()
        from unnest(array['customer', 'merchant_pending', 'merchant_pending']) kind`,
    same: {
      ...ledgerRows,
      accounts: `select id, wallet_id, owner_id, kind, currency, status, limit_minor, balance_minor,
        held_minor, version from account order by id`,
    },
    wrong: {
      'a merchant is never looked at': `select from account a
        where kind = 'merchant_pending'
          and not exists (select from clearing where account_id = a.id)`,
      'somebody else is': `select from clearing c join account a on a.id = c.account_id
        where a.kind <> 'merchant_pending'`,
      'an account that is opened later is not looked at': `with opened as (
          insert into account (kind, currency, wallet_id)
          values ('merchant_pending', 'USD', gen_random_uuid()) returning id)
        select from opened where not exists (select from pg_trigger
          where tgrelid = 'account'::regclass and tgname = 'account_open_clearing')`,
      'the application may change what was': `
        select right_to from unnest(array['update', 'delete', 'truncate']) right_to
        where has_table_privilege('wallet_app', 'limit_refusal', right_to)`,
    },
  },
  '0018-withdrawals': {
    fill: '',
    same: ledgerRows,
    wrong: {
      'the application may remove what was asked for': `
        select where has_table_privilege('wallet_app', 'withdrawal', 'delete')`,
    },
  },
  '0019-fraud-desk': {
    fill: `
      insert into fraud_list_entry (list, value, reason, expires_at) values
        ('trusted', 'a', 'known', null), ('trusted', 'b', 'for now', now() + interval '1 day'),
        ('own_words', 'c', 'gone by', now() - interval '1 day')`,
    same: {
      entries: `select list, value, reason, created_at, expires_at from fraud_list_entry
        order by list, value`,
    },
    wrong: {
      'versions are not 1..n': `select count(*) from fraud_list_change
        having min(version) <> 1 or max(version) <> count(*)`,
      'an entry has no list': `select from fraud_list_entry
        where list not in (select name from fraud_list)`,
      'the application may change what was': `
        select relname, right_to
        from pg_class, unnest(array['update', 'delete', 'truncate']) right_to
        where relname in ('fraud_list_change', 'fraud_publication', 'fraud_ruleset_text')
          and has_table_privilege('wallet_app', oid, right_to)`,
    },
  },
  '0020-fraud-cases': {
    fill: '',
    same: { 'payments that wait': `select * from payment where status = 'in_review' order by id` },
    wrong: {
      'a payment that waits has no case': `select id from payment where status = 'in_review'
        and id not in (select payment_id from fraud_case where status = 'open')`,
      'the application may change what was said': `
        select right_to from unnest(array['update', 'delete', 'truncate']) right_to
        where has_table_privilege('wallet_app', 'fraud_case_note', right_to)`,
    },
  },
  '0022-backtests': {
    fill: '',
    same: { payments: 'select * from payment order by id' },
    wrong: {
      'the application cannot keep a backtest': `
        select where not has_table_privilege('wallet_app', 'backtest', 'insert')`,
    },
  },
  '0023-dead-letters': {
    fill: '',
    same: { payments: 'select * from payment order by id' },
    wrong: {
      'the application cannot remember what was handled': `
        select where not has_table_privilege('wallet_app', 'handled_dead_letter', 'insert')`,
    },
  },
  ...stepsSinceSettlements,
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

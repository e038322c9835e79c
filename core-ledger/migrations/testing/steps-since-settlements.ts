/**
 * What a migration must leave as it was and what it must bring about, on a database with rows in
 * it. `fill` runs before it and stays for those after it. `same` answers the same rows before and
 * after; `wrong` answers no row after.
 */
export type Step = { fill: string; same: Record<string, string>; wrong: Record<string, string> };

/** Rows that no migration changes unless it says so. */
export const ledgerRows = {
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

/** Of migration 0024 and those after it. */
export const stepsSinceSettlements: Record<string, Step> = {
  '0024-settlements': {
    fill: '',
    same: ledgerRows,
    wrong: {
      'the application may change what a bank said': `
        select right_to from unnest(array['update', 'delete', 'truncate']) right_to,
          unnest(array['bank_line', 'settlement_transfer']) part
        where has_table_privilege('wallet_app', part, right_to)`,
      'the application may remove settlements': `
        select part from unnest(array['settlement', 'settlement_item', 'settlement_window',
          'settlement_position']) part where has_table_privilege('wallet_app', part, 'delete')`,
      'the auditor does not see settlements': `
        select where not has_table_privilege('auditor', 'audit.settlements', 'select')`,
      'a transfer may be in two batches': `
        select where not exists (select from pg_indexes
          where indexname = 'settlement_item_once' and indexdef like '%UNIQUE%')`,
    },
  },
  '0026-webhooks': {
    fill: '',
    same: { payments: 'select * from payment order by id' },
    wrong: {
      'the application cannot queue a delivery': `
        select where not has_table_privilege('wallet_app', 'webhook_delivery', 'insert, update')`,
      'the application may lose what was sent': `
        select where has_table_privilege('wallet_app', 'webhook_delivery', 'delete')`,
    },
  },
  '0027-notification-preferences': {
    fill: `insert into notification (recipient_id, channel, id, template, data, occurred_at)
      values ('00000000-0000-7000-8000-000000000027', 'inbox',
        '00000000-0000-8000-8000-000000000027', 'payment.captured', '{}', now())`,
    same: {
      notifications: `select recipient_id, channel, id, template, data, occurred_at, read_at
        from notification order by recipient_id, channel, id`,
    },
    wrong: {
      'a message from before is not in its inbox': `
        select id from notification where status <> 'delivered'`,
    },
  },
  '0028-tickets': {
    fill: `insert into object_change (object_id, version, object, to_status, actor, role)
      select id, 100, 'payment', status, 'somebody', 'support' from payment limit 1`,
    same: {
      payments: 'select * from payment order by id',
      history: 'select * from object_change order by object_id, version',
    },
    wrong: {
      'the application can forget what was said': `
        select where has_table_privilege('wallet_app', 'ticket_message', 'delete')
          or has_table_privilege('wallet_app', 'ticket_message', 'update')
          or not has_table_privilege('wallet_app', 'ticket_message', 'insert')`,
      'auditors see no tickets': `
        select where not has_table_privilege('auditor', 'audit.tickets', 'select')`,
    },
  },
  '0030-backtest-rollouts': {
    fill: `
      insert into backtest (id, candidate_hash, candidate_rules, champion_hash, champion_rules,
        from_at, to_at, maturity_days)
      values ('00000000-0000-4000-8000-000000000030', 'a', 'a', 'b', 'b', now(),
        now() + interval '1 day', 7)`,
    same: { backtests: 'select id, champion_hash, champion_rules from backtest order by id' },
    wrong: {
      'a backtest of before has a rollout': `
        select from backtest where champion_percent < 100 or rest_rules is not null`,
    },
  },
  '0031-settlements-sent': {
    fill: `
      insert into settlement (id, wallet_id, owner_id, created_by, gross_minor, refunds_minor,
        disputes_minor, fees_minor, carried_minor, net_minor, carried_in_minor, carried_out_minor,
        accepted_at, updated_at, version, item_count, cuts, origin, status, currency)
      select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 5, 0, 0,
        0, 0, 5, 0, 0, now() - interval '2 days', now() - interval '1 day', 1, 0, '{0,0,0,0}',
        'run', status, 'USD'
      from unnest('{pending_approval,submitted,partially_settled,settled}'::text[]) status`,
    same: { settlements: 'select id, status, net_minor, updated_at from settlement order by id' },
    wrong: {
      'what is in transit was sent when it changed last': `
        select from settlement where (status in ('submitted', 'partially_settled'))
          is distinct from (submitted_at is not distinct from updated_at)`,
    },
  },
  '0033-emails': {
    fill: `insert into notification_preference (user_id, template, inbox, email, webhook)
      values ('00000000-0000-7000-8000-000000000033', 'payment.failed', true, true, false)`,
    same: {
      preferences: 'select * from notification_preference order by user_id, template',
    },
    wrong: {
      'somebody with a wish is not looked for': `
        select user_id from notification_preference
        union select owner_id from webhook_endpoint
        except select user_id from notification_interest`,
      'somebody gets e-mails who asked for none': `
        select id::text from email union all
        select user_id::text from notification_profile where email_since is not null`,
      'the application can forget what was sent': `
        select where has_table_privilege('wallet_app', 'email', 'delete')`,
    },
  },
  '0035-merchant-terms': {
    fill: `insert into refund_policy values
      ('00000000-0000-7000-8000-000000000035', 'proportional')`,
    same: { payments: 'select * from payment order by id' },
    wrong: {
      'who had the fees back has other terms': `
        select where (select (wallet_id, fee_fixed_minor, fee_basis_points, refund_fee,
          dispute_fee_minor, provisional_up_to_minor, second_person_above_minor)::text
          from merchant_terms) is distinct from
          '(00000000-0000-7000-8000-000000000035,10,100,proportional,1500,50000,50000)'`,
      'the application cannot agree on terms, or forgets them': `
        select where not has_table_privilege('wallet_app', 'merchant_terms', 'insert, update')
          or has_table_privilege('wallet_app', 'merchant_terms', 'delete')`,
    },
  },
  '0036-captured-at': {
    fill: `
      insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
        captured_minor, accepted_at, version, status, currency, capture)
      select '00000000-0000-7000-8000-000000000036', uuidv7(), uuidv7(), uuidv7(), uuidv7(), 9, 9,
        now(), 2, 'captured', 'USD', 'manual';
      insert into object_change (object_id, version, object, from_status, to_status, actor, role)
      values ('00000000-0000-7000-8000-000000000036', 2, 'payment', 'authorized', 'captured',
        'somebody', 'merchant')`,
    same: { payments: 'select id, status, decided_at, updated_at from payment order by id' },
    wrong: {
      'nobody knows when what was captured by hand was': `
        select where not exists (select from payment p join object_change c
          on c.object_id = p.id and c.version = 2 and c.at = p.captured_at
          where p.id = '00000000-0000-7000-8000-000000000036')`,
      'another payment has a time of capture': `
        select p.id from payment p where p.captured_at is not null and not exists (
          select from object_change c where c.object_id = p.id and c.to_status = 'captured')`,
    },
  },
  '0037-look-ups-by-id': {
    fill: `insert into parked (intent_id, ordered_account_id, blocked_account_id, next_at, reason,
        topic, partition, source_offset, timestamp_ms, value, headers)
      values (gen_random_uuid(), 1, 1, now(), 'account_locked', 't', 0, 0, 0, 'v', '{}')`,
    same: {
      settlements: 'select * from settlement order by id',
      parked: 'select * from parked order by id',
    },
    wrong: {
      'an index holds the id behind other columns': `
        select from pg_indexes where tablename in ('settlement', 'parked')
          and indexdef like '%, id%'`,
    },
  },
  '0038-settlements-overpaid': {
    fill: `insert into bank_line (id, statement_id, settlement_id, amount_minor, unplaced_minor,
        direction, outcome, currency, bank_reference)
      select gen_random_uuid(), gen_random_uuid(), s.id, 9, 4, l.direction, l.outcome, 'USD',
        gen_random_uuid()
      from settlement s cross join (values ('debit', 'over'), ('debit', 'over'),
        ('debit', 'over'), ('debit', 'under'), ('credit', 'over')) l (direction, outcome)
      where s.status = 'partially_settled'`,
    same: { settlements: 'select id, status, updated_at, net_minor from settlement order by id' },
    wrong: {
      'what lines have paid too much is not known': `
        select from settlement
        where overpaid_minor <> case when status = 'partially_settled' then 8 else 0 end`,
    },
  },
  '0039-lean-rows': {
    fill: `insert into intent (id, kind, payload_hash, source_topic, source_partition,
        source_offset)
      values ('00000000-0000-7000-8000-000000000039', 'a_kind', decode(repeat('00', 32), 'hex'),
        't', 0, 0)`,
    same: { intents: 'select * from intent order by id' },
    wrong: {
      'a table that grows with each payment is analyzed from 30,000 rows': `
        select attrelid::regclass, attname from pg_attribute
        where attrelid in ('intent'::regclass, 'transfer'::regclass, 'payment'::regclass,
          'decision'::regclass, 'outbox'::regclass, 'notification'::regclass)
          and attnum > 0 and not attisdropped and attstattarget is distinct from 10`,
    },
  },
  '0040-settlements-of-owner': {
    fill: '',
    same: { settlements: 'select * from settlement order by id' },
    wrong: {
      'a list of an owner has no index': `
        select where to_regclass('settlement_of_owner') is null`,
    },
  },
};

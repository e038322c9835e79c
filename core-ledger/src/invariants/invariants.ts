/**
 * What must always hold, as data. Each query answers the rows that break it as (row, detail) and
 * sees one snapshot. Bindings: `:since`, a transfer id that later ids are above; `:time`, the same
 * moment; `:full`, whether everything is to be looked at. A recent pass is by induction: what was
 * good before is only extended.
 */
export type Invariant = {
  readonly id: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I7' | 'I8' | 'I9' | 'I10' | 'I12';
  readonly title: string;
  readonly sql: string;
};

/** What was posted before is in the archive, behind the openings of the accounts. */
const keptSince = `coalesce((select max(until) from entry_opening), '-infinity')`;

const eachTransferSumsToZero = `
  with t as (select id, posted_at from transfer where id >= :since::uuid),
  e as (select e.transfer_id, a.currency, sum(e.amount_minor) as sum
    from entry e left join account a on a.id = e.account_id
    where e.transfer_id >= :since::uuid group by e.transfer_id, a.currency)
  select 'transfer ' || t.id as row, 'has no entries' as detail
    from t where not exists (select from e where e.transfer_id = t.id)
      and t.posted_at >= ${keptSince}
  union all
  select 'transfer ' || e.transfer_id, 'has entries but no row'
    from e where not exists (select from t where t.id = e.transfer_id)
  union all
  select 'transfer ' || e.transfer_id, format('%s sums to %s', coalesce(e.currency, '?'), e.sum)
    from e where e.sum <> 0 or e.currency is null`;

const ledgerSumsToZero = `
  select 'currency ' || currency as row, 'balances sum to ' || sum(balance_minor) as detail
    from account group by currency having sum(balance_minor) <> 0
  union all
  select 'currency ' || a.currency, 'entries sum to ' || sum(e.amount_minor)
    from entry e join account a on a.id = e.account_id
    where e.transfer_id >= :since::uuid group by a.currency having sum(e.amount_minor) <> 0`;

const balancesFollowEntries = `
  select 'account ' || a.id as row,
    format('balance %s, its last entry says %s', a.balance_minor, last.balance_after_minor)
      as detail
    from account a left join lateral (
      select balance_after_minor from entry where account_id = a.id order by version desc limit 1
    ) last on true
    left join entry_opening o on o.account_id = a.id
    where a.balance_minor <> coalesce(last.balance_after_minor, o.balance_minor, 0)
  union all
  select format('entry %s-%s', e.account_id, e.version),
    format('%s before, %s, then %s', before.minor, e.amount_minor, e.balance_after_minor)
    from entry e
    left join entry p on p.account_id = e.account_id and p.version = e.version - 1
    left join entry_opening o on o.account_id = e.account_id and o.version = e.version - 1
    cross join lateral (
      select coalesce(p.balance_after_minor, o.balance_minor, 0) as minor
    ) before
    where e.transfer_id >= :since::uuid
      and e.balance_after_minor <> before.minor + e.amount_minor`;

const availableAboveLimit = `
  select 'account ' || id as row,
    format('balance %s, held %s, limit %s', balance_minor, held_minor, limit_minor) as detail
    from account where balance_minor - held_minor < -limit_minor`;

const heldIsOpenHolds = `
  select 'account ' || coalesce(a.id, h.account_id) as row,
    format('held %s, open holds %s', a.held_minor, coalesce(h.sum, 0)) as detail
    from account a full join (
      select account_id, sum(amount_minor) as sum from hold where state = 'open' group by account_id
    ) h on h.account_id = a.id
    where a.held_minor is distinct from coalesce(h.sum, 0)`;

const oneEffectPerIntent = `
  select 'payment ' || p.id as row, 'has no intent' as detail from payment p
    where p.updated_at >= :time::timestamptz
      and not exists (select from intent i where i.id = p.id and i.kind = 'payment')
  union all
  select 'top-up ' || t.id, 'has no intent' from top_up t
    where t.updated_at >= :time::timestamptz
      and not exists (select from intent i where i.id = t.id and i.kind = 'top_up')
  union all
  select 'intent ' || intent_id, format('%s transfers of kind %s', count(*), kind) from transfer
    where id >= :since::uuid and kind in ('payment', 'top_up')
    group by intent_id, kind having count(*) > 1
  union all
  select 'intent ' || i.id, 'is settled without a ' || i.kind from intent i
    where :full::boolean and i.state = 'settled'
      and not exists (select from payment p where p.id = i.id)
      and not exists (select from top_up t where t.id = i.id)
  union all
  select 'intent ' || i.id, 'is parked without a record' from intent i
    where :full::boolean and i.state = 'parked'
      and not exists (select from parked w where w.intent_id = i.id)`;

const returnedWithinCaptured = `
  select 'payment ' || id as row,
    format('captured %s of %s, refunded %s, disputed %s', captured_minor, amount_minor,
      refunded_minor, disputed_minor) as detail
    from payment where updated_at >= :time::timestamptz
      and (refunded_minor + disputed_minor > captured_minor or captured_minor > amount_minor)`;

/** What moved and what is held for a payment must be what its state says. */
const statesAreLegal = `
  with moved as (select t.payment_id, sum(e.amount_minor) filter (where e.amount_minor > 0) as minor
    from transfer t join entry e on e.transfer_id = t.id
    where t.kind = 'payment' and t.id >= :since::uuid and e.transfer_id >= :since::uuid
    group by t.payment_id),
  held as (select payment_id, sum(amount_minor) as minor from hold where state = 'open'
    group by payment_id)
  select 'payment ' || p.id as row, format('%s at version %s: captured %s, moved %s, held %s',
      p.status, p.version, p.captured_minor, coalesce(m.minor, 0), coalesce(h.minor, 0)) as detail
    from payment p
    left join moved m on m.payment_id = p.id
    left join held h on h.payment_id = p.id
    where p.accepted_at >= greatest(:time::timestamptz, ${keptSince}) and (p.version < 1
      or p.captured_minor <> coalesce(m.minor, 0)
      or coalesce(h.minor, 0) <> case
        when p.status in ('in_review', 'authorized') then p.amount_minor - p.captured_minor
        else 0 end
      or (p.captured_minor > 0) <> (p.status = 'captured'))`;

const versionsWithoutGap = `
  select 'account ' || a.id as row,
    format('version %s, its last entry is %s', a.version, last.version) as detail
    from account a left join lateral (
      select version from entry where account_id = a.id order by version desc limit 1
    ) last on true
    left join entry_opening o on o.account_id = a.id
    where a.version <> coalesce(last.version, o.version, 0)
  union all
  select format('entry %s-%s', e.account_id, e.version), 'has no predecessor' from entry e
    where e.transfer_id >= :since::uuid and e.version <> 1 and not exists (
      select from entry p where p.account_id = e.account_id and p.version = e.version - 1)
    and not exists (
      select from entry_opening o
      where o.account_id = e.account_id and o.version = e.version - 1)`;

/** Rows older than the shortest retention are not looked for; a minute is ample to publish. */
const effectsAreTold = `
  with recent as (select id, record_count, created_at, published_at from outbox_batch
    where created_at >= greatest(:time::timestamptz, statement_timestamp() - interval '1 hour')),
  told as (select r.id, o.key from recent r join outbox o on o.batch_id = r.id)
  select 'payment ' || p.id as row, 'has no event' as detail from payment p
    where p.updated_at >= greatest(:time::timestamptz, statement_timestamp() - interval '1 hour')
      and not exists (select from told where told.key = p.id::text)
  union all
  select 'top-up ' || t.id, 'has no event' from top_up t
    where t.updated_at >= greatest(:time::timestamptz, statement_timestamp() - interval '1 hour')
      and not exists (select from told where told.key = t.id::text)
  union all
  select 'outbox batch ' || r.id, format('%s records of %s', count(told.id), r.record_count)
    from recent r left join told on told.id = r.id
    group by r.id, r.record_count having count(told.id) <> r.record_count
  union all
  select 'outbox batch ' || id, 'not published since ' || created_at from outbox_batch
    where published_at is null and created_at < statement_timestamp() - interval '1 minute'`;

export const invariants: readonly Invariant[] = [
  { id: 'I1', title: 'each transfer sums to zero per currency', sql: eachTransferSumsToZero },
  { id: 'I2', title: 'the whole ledger sums to zero per currency', sql: ledgerSumsToZero },
  { id: 'I3', title: 'balance = entries = last running balance', sql: balancesFollowEntries },
  { id: 'I4', title: 'what is available is above the limit', sql: availableAboveLimit },
  { id: 'I5', title: 'held = open holds', sql: heldIsOpenHolds },
  { id: 'I7', title: 'one intent, one effect', sql: oneEffectPerIntent },
  {
    id: 'I8',
    title: 'refunds and disputes are within what was captured',
    sql: returnedWithinCaptured,
  },
  { id: 'I9', title: 'the money of a payment is what its state says', sql: statesAreLegal },
  { id: 'I10', title: 'account versions are 1..n without a gap', sql: versionsWithoutGap },
  {
    id: 'I12',
    title: 'every effect has its outbox row, every row is published',
    sql: effectsAreTold,
  },
];

/**
 * I1–I5 and I10 as SQL: entries, balances and holds. Each answers bad rows as (row, detail) and
 * sees one snapshot; `:time` and `:full` are those of the pass.
 *
 * Entries follow their transfer within milliseconds; a minute is ample (I17 looks at it). What was
 * archived is stood for by `entry_opening`: an account's entries go on from there.
 */
const archivedUntil = `(select coalesce(max(until), '-infinity') from entry_opening)`;

export const eachTransferSumsToZero = `
  with t as (select id, posted_at from transfer
    where posted_at >= :time::timestamptz - interval '1 minute'),
  e as (select e.transfer_id, a.currency, sum(e.amount_minor) as sum
    from entry e left join account a on a.id = e.account_id
    where e.posted_at >= :time::timestamptz group by e.transfer_id, a.currency)
  select 'transfer ' || t.id as row, 'has no entries' as detail
    from t where posted_at >= :time::timestamptz and posted_at >= ${archivedUntil}
      and not exists (select from e where e.transfer_id = t.id)
  union all
  select 'transfer ' || e.transfer_id, 'has entries but no row'
    from e where not exists (select from t where t.id = e.transfer_id)
  union all
  select 'transfer ' || e.transfer_id, format('%s sums to %s', coalesce(e.currency, '?'), e.sum)
    from e where e.sum <> 0 or e.currency is null`;

export const ledgerSumsToZero = `
  select 'currency ' || currency as row, 'balances sum to ' || sum(balance_minor) as detail
    from account group by currency having sum(balance_minor) <> 0
  union all
  select 'currency ' || a.currency, 'entries sum to ' || sum(e.minor)
    from (select account_id, sum(amount_minor) as minor from entry
      where posted_at >= :time::timestamptz group by account_id) e
    join account a on a.id = e.account_id
    group by a.currency having sum(e.minor) <> 0`;

/**
 * Entries with the one before them. In most cases that is the one before in the list; the first of
 * an account, and those after a step of the clock, are looked up.
 */
const withPredecessor = `
  listed as (
    select account_id, version, amount_minor, balance_after_minor,
      lag(version) over own as listed_version, lag(balance_after_minor) over own as listed_minor
    from entry where posted_at >= :time::timestamptz
    window own as (partition by account_id order by version)),
  followed as (
    select account_id, version, amount_minor, balance_after_minor, listed_version,
      listed_minor as before_minor from listed where listed_version = version - 1
    union all
    select l.account_id, l.version, l.amount_minor, l.balance_after_minor, l.listed_version,
      case when l.version = 1 then 0 else coalesce(p.balance_after_minor, o.balance_minor) end
    from listed l
    left join lateral (select balance_after_minor from entry
      where account_id = l.account_id and version = l.version - 1 limit 1) p on true
    left join entry_opening o on o.account_id = l.account_id and o.version = l.version - 1
    where l.listed_version is distinct from l.version - 1)`;

/** Where accounts stand by their entries: those that moved, or in a full pass all. */
const lastOfAccounts = `
  stood as (
    select a.id, a.balance_minor, a.version,
      coalesce(last.balance_after_minor, o.balance_minor, 0) as entries_minor,
      coalesce(last.version, o.version, 0) as entries_version
    from account a
    left join lateral (select balance_after_minor, version from entry
      where account_id = a.id order by version desc limit 1) last on true
    left join entry_opening o on o.account_id = a.id
    where :full::boolean or a.id in (select account_id from listed))`;

export const balancesFollowEntries = `
  with ${withPredecessor}, ${lastOfAccounts}
  select 'account ' || id as row,
    format('balance %s, its last entry says %s', balance_minor, entries_minor) as detail
    from stood where balance_minor <> entries_minor
  union all
  select format('entry %s-%s', account_id, version), format('%s before, %s, then %s',
      coalesce(before_minor, 0), amount_minor, balance_after_minor)
    from followed where balance_after_minor <> coalesce(before_minor, 0) + amount_minor`;

export const versionsWithoutGap = `
  with ${withPredecessor}, ${lastOfAccounts},
  counted as (select account_id, count(*) as entries from listed group by account_id)
  select 'account ' || id as row,
    format('version %s, its last entry is %s', version, entries_version) as detail
    from stood where version <> entries_version
  union all
  select format('entry %s-%s', account_id, version), 'has no predecessor'
    from followed where before_minor is null
  union all
  select format('entry %s-%s', account_id, version), 'is there twice'
    from followed where listed_version = version
  union all
  select 'account ' || s.id, format('%s entries at version %s', coalesce(c.entries, 0), s.version)
    from stood s left join counted c on c.account_id = s.id
    left join entry_opening o on o.account_id = s.id
    where :full::boolean and coalesce(o.version, 0) + coalesce(c.entries, 0) <> s.version`;

export const availableAboveLimit = `
  select 'account ' || id as row,
    format('balance %s, held %s, limit %s', balance_minor, held_minor, limit_minor) as detail
    from account where balance_minor - held_minor < -limit_minor`;

/** The expiry job has some minutes; what was captured is what captures of the hold moved. */
export const heldIsOpenHolds = `
  with captured as (
    select h.id, sum(-e.amount_minor) as minor
    from transfer t join hold h on h.id = t.hold_id
    join entry e on e.transfer_id = t.id and e.account_id = h.account_id
    where t.hold_id is not null and t.posted_at >= :time::timestamptz
      and e.posted_at >= :time::timestamptz
    group by h.id)
  select 'account ' || coalesce(a.id, h.account_id) as row,
    format('held %s, open holds %s', a.held_minor, coalesce(h.sum, 0)) as detail
    from account a full join (
      select account_id, sum(amount_minor - captured_minor) as sum from hold
      where state = 'open' group by account_id
    ) h on h.account_id = a.id
    where a.held_minor is distinct from coalesce(h.sum, 0)
  union all
  select 'hold ' || id, 'is open though it expired at ' || expires_at
    from hold where state = 'open' and expires_at < statement_timestamp() - interval '10 minutes'
  union all
  select 'hold ' || h.id, format('captured %s, its captures moved %s', h.captured_minor, c.minor)
    from captured c join hold h on h.id = c.id where c.minor > h.captured_minor
  union all
  select 'hold ' || h.id,
    format('captured %s, its captures moved %s', h.captured_minor, coalesce(c.minor, 0))
    from hold h left join captured c on c.id = h.id
    where :full::boolean and h.captured_minor > coalesce(c.minor, 0)
      and h.created_at >= ${archivedUntil}`;

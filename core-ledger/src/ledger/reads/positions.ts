/**
 * Where accounts stood at moments, as common table expressions that a read continues with its own
 * select. On one account time runs as versions do, so the last version before a moment is found by
 * halving: each step is one descent of the primary key, and no index on time is needed.
 *
 * Bindings: `:accountIds` and `:moments`, arrays of one length; a moment itself is not in.
 * Answers `position(account_id, moment, currency, version, balance_minor, archived, found)`:
 * `archived` is whether the moment lies before what is kept; `found` is false when an entry on the
 * way is missing.
 */
export const positions = `with recursive
  asked as (
    select a.id, r.moment, a.currency, a.version as last_version,
      coalesce(o.version, 0) as opening_version, coalesce(o.balance_minor, 0) as opening_minor,
      coalesce(r.moment < o.until, false) as archived
    from unnest(:accountIds::bigint[], :moments::timestamptz[]) as r (account_id, moment)
    join account a on a.id = r.account_id
    left join entry_opening o on o.account_id = a.id
  ),
  halving as (
    select id, moment, opening_version as low, last_version as high from asked
    union all
    select h.id, h.moment, case when e.posted_at < h.moment then m.middle else h.low end,
      case when e.posted_at < h.moment then h.high else m.middle - 1 end
    from halving h
    cross join lateral (select (h.low + h.high + 1) / 2 as middle) m
    cross join lateral (
      select posted_at from entry where account_id = h.id and version = m.middle limit 1
    ) e
    where h.low < h.high
  ),
  position as (
    select k.id as account_id, k.moment, k.currency, h.low as version, k.archived,
      case when h.low = k.opening_version then k.opening_minor else e.balance_after_minor end
        as balance_minor,
      h.low = k.opening_version or e.balance_after_minor is not null as found
    from asked k
    left join halving h on h.id = k.id and h.moment = k.moment and h.low = h.high
    left join lateral (
      select balance_after_minor from entry where account_id = k.id and version = h.low limit 1
    ) e on true
  )`;

/** The next moment that the database can tell from this one: it makes "before" into "until". */
export function justAfter(moment: Date): string {
  return moment.toISOString().replace('Z', '001Z');
}

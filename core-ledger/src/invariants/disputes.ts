/** What I6 and I8 say of disputes, as SQL; form as in `balances.ts`. */

/**
 * Payments count what their disputes set aside and awarded; reserves and the provisional account
 * hold what disputes say, and so nothing once all are closed; who owes is on the list of debtors.
 */
export const disputesAddUp = `
  select 'payment ' || p.id as row,
    format('disputed %s, its disputes %s', p.disputed_minor, coalesce(d.minor, 0)) as detail
    from payment p left join lateral (
      select sum(reserved_minor + awarded_minor) as minor from dispute
      where payment_id = p.id) d on true
    where p.updated_at >= :time::timestamptz and p.disputed_minor <> coalesce(d.minor, 0)
  union all
  select 'dispute ' || d.id, format('counts for a payment that counts %s', p.disputed_minor)
    from dispute d left join payment p on p.id = d.payment_id
    where d.updated_at >= :time::timestamptz and d.reserved_minor + d.awarded_minor > 0
      and coalesce(p.disputed_minor, 0) < d.reserved_minor + d.awarded_minor
  union all
  select 'account ' || a.id, format('reserve %s, open disputes %s', a.balance_minor, r.minor)
    from account a cross join lateral (
      select coalesce(sum(reserved_minor), 0) as minor from dispute
      where payee_wallet_id = a.wallet_id and due_at is not null) r
    where a.kind = 'dispute_reserve' and a.balance_minor <> r.minor
      and (:full::boolean or a.wallet_id in (
        select payee_wallet_id from dispute where updated_at >= :time::timestamptz))
  union all
  select 'account ' || a.id, format('provisional %s, open disputes %s', a.balance_minor, r.minor)
    from account a cross join lateral (
      select coalesce(sum(credited_minor), 0) as minor from dispute
      where currency = a.currency and due_at is not null) r
    where a.kind = 'provisional' and a.balance_minor <> -r.minor
  union all
  select 'account ' || a.id, format('owes %s and is not on the list', -a.balance_minor)
    from account a where :full::boolean and a.kind = 'receivable' and a.balance_minor < 0
      and not exists (select from wallet_debt w where w.wallet_id = a.wallet_id)`;

/** Timers have some minutes to act on what is due. */
export const disputesEnd = `
  select 'dispute ' || id as row, 'is still ' || status || ', which was due at ' || due_at as detail
    from dispute where due_at < statement_timestamp() - interval '10 minutes'`;

/** When the dispute `t` came to its status: evidence alone is not told. */
export const statusChangedAt = `coalesce((select max(c.at) from object_change c
      where c.object_id = t.id and c.from_status is distinct from c.to_status), t.updated_at)`;

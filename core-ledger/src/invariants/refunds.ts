/**
 * I8 of refunds as SQL; form as in `balances.ts`: what a payment says of its refunds is what they
 * say themselves, and what succeeded has moved the money, unless its months are archived.
 */
export const refundsAddUp = `
  select 'payment ' || p.id, format('refunded %s, its refunds %s; refunding %s, they %s',
      p.refunded_minor, r.succeeded, p.refunding_minor, r.pending)
    from (select id from payment
        where updated_at >= :time::timestamptz and refunded_minor + refunding_minor > 0
      union select payment_id from refund where updated_at >= :time::timestamptz) touched
    join payment p on p.id = touched.id
    cross join lateral (
      select coalesce(sum(amount_minor) filter (where status = 'succeeded'), 0) as succeeded,
        coalesce(sum(amount_minor) filter (where status = 'pending'), 0) as pending
      from refund where payment_id = p.id) r
    where p.refunded_minor <> r.succeeded or p.refunding_minor <> r.pending
  union all
  select 'refund ' || r.id, format('succeeded with %s, moved %s', r.amount_minor,
      coalesce(moved.minor, 0))
    from refund r
    left join (select t.intent_id, sum(e.amount_minor) filter (where e.amount_minor > 0) as minor
      from transfer t join entry e on e.transfer_id = t.id
      where t.kind = 'refund' and t.posted_at >= :time::timestamptz - interval '1 minute'
        and e.posted_at >= :time::timestamptz - interval '1 minute'
      group by t.intent_id) moved on moved.intent_id = r.id
    where r.status = 'succeeded' and r.updated_at >= :time::timestamptz
      and r.updated_at >= (select coalesce(max(until) + interval '1 hour', '-infinity')
        from entry_opening)
      and r.amount_minor <> coalesce(moved.minor, 0)`;

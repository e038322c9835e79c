/** I22 as SQL; form as in `balances.ts`. */

/** A report is the sum of its items, and what was sent and came back is what its transfers say. */
export const settlementsAddUp = `
  select 'settlement ' || s.id as row,
    format('reports %s − %s − %s − %s + %s of %s items, which are %s − %s − %s − %s + %s of %s',
      s.gross_minor, s.refunds_minor, s.disputes_minor, s.fees_minor, s.carried_minor,
      s.item_count, i.gross, i.refunds, i.disputes, i.fees,
      s.carried_in_minor + i.other - s.carried_out_minor, i.items) as detail
    from settlement s cross join lateral (
      select count(*) as items, coalesce(sum(gross_minor), 0) as gross,
        coalesce(sum(refunds_minor), 0) as refunds, coalesce(sum(disputes_minor), 0) as disputes,
        coalesce(sum(fees_minor), 0) as fees, coalesce(sum(other_minor), 0) as other
      from settlement_item where settlement_id = s.id) i
    where s.updated_at >= :time::timestamptz
      and (s.item_count, s.gross_minor, s.refunds_minor, s.disputes_minor, s.fees_minor)
        is distinct from (i.items, i.gross, i.refunds, i.disputes, i.fees)
      or s.updated_at >= :time::timestamptz
        and s.carried_minor <> s.carried_in_minor + i.other - s.carried_out_minor
  union all
  select 'settlement ' || s.id,
    format('%s: %s sent, %s of it confirmed, %s back; its transfers say %s, %s, %s', s.status,
      s.net_minor, s.confirmed_minor, s.returned_minor, t.sent, t.confirmed, t.back)
    from settlement s cross join lateral (
      select coalesce(sum(amount_minor) filter (where kind = 'settlement'), 0) as sent,
        coalesce(sum(amount_minor) filter (where kind = 'settlement_confirmation'), 0) as confirmed,
        coalesce(sum(amount_minor) filter (where kind = 'settlement_return'), 0) as back
      from settlement_transfer where settlement_id = s.id) t
    where s.updated_at >= :time::timestamptz and (t.back <> s.returned_minor
      or t.sent <> case when s.status in ('scheduled', 'pending_approval', 'aborted') then 0
        else s.net_minor end
      -- What was confirmed may have come back since.
      or t.confirmed not between s.confirmed_minor and s.confirmed_minor + s.returned_minor)`;

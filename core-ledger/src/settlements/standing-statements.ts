import { createBatchInsert, createBatchStatement } from '../database/statements.ts';
import { defaultMerchantSettings } from '../merchants/settings.ts';
import type { SettlementMode } from '../merchants/settings.ts';
import type { TransferKind } from '../ledger/chart.ts';
import type { Cuts } from './settlement.ts';
import type { Standing, VersionedMovement } from './standing.ts';

const { mode, clearingSeconds, minimumMinor } = defaultMerchantSettings;

const standingsText = `
  select w.id, coalesce(s.mode, '${mode}'), coalesce(s.clearing_seconds, ${clearingSeconds}),
    coalesce(s.minimum_minor, ${minimumMinor}), s.destination, coalesce(p.carried_minor, 0),
    coalesce(p.cuts[1], 0), coalesce(p.cuts[2], 0), coalesce(p.cuts[3], 0), coalesce(p.cuts[4], 0),
    case when s.clearing_seconds = 0 then pending.version else coalesce(c.due_version, 0) end,
    pending.version, available.version, receivable.version, coalesce(p.seen_version, 0)
  from wallet w
  left join merchant_settings s on s.wallet_id = w.id
  left join settlement_position p on p.wallet_id = w.id
  join account pending on pending.wallet_id = w.id and pending.kind = 'merchant_pending'
  join account available on available.wallet_id = w.id and available.kind = 'merchant_available'
  join account receivable on receivable.wallet_id = w.id and receivable.kind = 'receivable'
  left join clearing c on c.account_id = pending.id
  where w.id = any($1::uuid[])`;

/**
 * Entries behind the cuts of accounts that are locked, together per transfer, without those that
 * have not cleared, that only move between the accounts, or that are a settlement themselves: of
 * each merchant the oldest, no more than `$1`. A fee is looked for in the transfer where the
 * payment alone does not say it.
 */
const movementsText = `
  with asked as (
    select a.wallet_id, a.id, a.kind, coalesce(p.cuts[1], 0) as credits_cut,
      coalesce(p.cuts[case a.kind when 'merchant_pending' then 2
        when 'merchant_available' then 3 else 4 end], 0) as cut,
      case when a.kind <> 'merchant_pending' or s.clearing_seconds = 0 then a.version
        else coalesce(c.due_version, 0) end as due
    from account a
    left join merchant_settings s on s.wallet_id = a.wallet_id
    left join settlement_position p on p.wallet_id = a.wallet_id
    left join clearing c on c.account_id = a.id
    where a.wallet_id = any($2::uuid[])
      and a.kind in ('merchant_pending', 'merchant_available', 'receivable')),
  moved as (
    select q.wallet_id, e.transfer_id, sum(e.amount_minor)::bigint as minor,
      min(e.posted_at) as posted_at,
      min(e.version) filter (where q.kind = 'merchant_pending' and e.amount_minor > 0) as credited,
      min(e.version) filter (where q.kind = 'merchant_pending' and e.amount_minor < 0) as debited,
      min(e.version) filter (where q.kind = 'merchant_available') as available,
      min(e.version) filter (where q.kind = 'receivable') as receivable
    from asked q
    cross join lateral (select transfer_id, amount_minor, posted_at, version from entry
      where account_id = q.id
        and version > case q.kind when 'merchant_pending' then least(q.credits_cut, q.cut)
          else q.cut end
      offset 0) e
    where case when q.kind = 'merchant_pending' and e.amount_minor > 0
      then e.version > q.credits_cut and e.version <= q.due else e.version > q.cut end
    group by q.wallet_id, e.transfer_id),
  waiting as (
    select m.*, t.kind, t.payment_id,
      row_number() over (partition by m.wallet_id order by m.posted_at, m.transfer_id) as place
    from moved m
    cross join lateral (select kind, payment_id from transfer where id = m.transfer_id offset 0) t
    where t.kind not in ('clearing', 'debt_repayment', 'settlement', 'settlement_return')
      and not exists (select from settlement_item i where i.transfer_id = m.transfer_id
        and i.wallet_id = m.wallet_id and not i.is_released))
  select w.wallet_id, w.transfer_id, w.kind, w.payment_id, w.minor,
    case when w.kind = 'payment' and w.minor = p.captured_minor - p.fee_minor then p.fee_minor
      when w.kind in ('payment', 'refund', 'dispute', 'dispute_won', 'dispute_reversal')
      then (select coalesce(sum(f.amount_minor), 0)::bigint
        from (select account_id, amount_minor from entry
          where transfer_id = w.transfer_id and posted_at = w.posted_at offset 0) f
        join account a on a.id = f.account_id and a.kind in ('fees', 'dispute_fees'))
      else 0 end,
    floor(extract(epoch from w.posted_at) * 1000)::bigint,
    w.credited, w.debited, w.available, w.receivable
  from waiting w
  left join lateral (select captured_minor, fee_minor from payment
    where id = w.payment_id and w.kind = 'payment' offset 0) p on true
  where w.place <= $1::int
  order by w.wallet_id, w.place`;

export function standingStatements() {
  return {
    standings: createBatchStatement({
      ...{ name: 'read_settlement_standings', text: standingsText, columns: { id: 'uuid' } },
    }),
    movements: createBatchStatement({
      ...{ name: 'read_settlement_movements', text: movementsText, columns: { id: 'uuid' } },
      leading: 1,
    }),
    positions: createBatchStatement({
      name: 'put_settlement_position',
      text: `insert into settlement_position (wallet_id, carried_minor, cuts, seen_version)
        select wallet_id, carried_minor, array[credited, debited, available, receivable], seen
        from $rows as r
          (wallet_id, carried_minor, credited, debited, available, receivable, seen)
        on conflict (wallet_id) do update set carried_minor = excluded.carried_minor,
          cuts = excluded.cuts, seen_version = excluded.seen_version`,
      columns: {
        ...{ wallet_id: 'uuid', carried_minor: 'int8', credited: 'int8', debited: 'int8' },
        ...{ available: 'int8', receivable: 'int8', seen_version: 'int8' },
      },
    }),
    items: createBatchInsert('settlement_item', {
      ...{ settlement_id: 'uuid', wallet_id: 'uuid', transfer_id: 'uuid', payment_id: 'uuid' },
      ...{ gross_minor: 'int8', refunds_minor: 'int8', disputes_minor: 'int8' },
      ...{ fees_minor: 'int8', other_minor: 'int8', posted_at: 'timestamptz', kind: 'text' },
    }),
    releases: createBatchStatement({
      name: 'release_settlement_items',
      text: `update settlement_item set is_released = true where settlement_id = any($1::uuid[])`,
      columns: { settlement_id: 'uuid' },
    }),
  };
}

type Row = readonly (string | null)[];

export function standingOf(row: Row): Standing {
  const minor = (place: number): bigint => BigInt(row[place] ?? '0');
  return {
    walletId: row[0] ?? '',
    settings: {
      ...{ mode: row[1] as SettlementMode, clearingSeconds: Number(row[2]) },
      ...{ minimumMinor: minor(3), destination: row[4] ?? null },
    },
    carriedMinor: minor(5),
    cuts: [minor(6), minor(7), minor(8), minor(9)] satisfies Cuts,
    tops: [minor(10), minor(11), minor(12), minor(13)] satisfies Cuts,
    seenVersion: minor(14),
    ...{ movements: null, isPartial: false },
  };
}

export function movementOf(row: Row): VersionedMovement {
  const [, transferId, kind, paymentId, amount, fee, postedAt, ...versions] = row;
  const versionAt = (place: number): bigint | null => {
    const text = versions[place];
    return typeof text === 'string' ? BigInt(text) : null;
  };
  return {
    ...{ transferId: transferId ?? '', kind: kind as TransferKind, paymentId: paymentId ?? null },
    ...{ amountMinor: BigInt(amount ?? '0'), feeMinor: BigInt(fee ?? '0') },
    postedAtMs: Number(postedAt),
    versions: [versionAt(0), versionAt(1), versionAt(2), versionAt(3)],
  };
}

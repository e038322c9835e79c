import { verifyChain } from '../chain/verify-chain.ts';
import type { Queryable } from '../database/database.ts';
import { findRows } from './pass.ts';
import type { Finding, Pass } from './pass.ts';

/** The hash of the trigger's body, so that one that refuses nothing is noticed. */
const refuseChangeHash = '66b3285fa792f83cb6f2055f2576f03b51b9d9cd614c09704c2cfce8125bc838';

/** I18 as SQL: rows cannot be changed or removed, by trigger and by right. */
export const evidenceIsAppendOnly = `
  with guarded as (
    select c.oid, c.oid::regclass::text as name from pg_class c
      where c.oid in ('entry'::regclass, 'transfer'::regclass, 'chain_block'::regclass,
        'posting_result'::regclass)
    union all
    select inhrelid, inhrelid::regclass::text from pg_inherits where inhparent = 'entry'::regclass),
  -- Before (2), for each statement (not 1), of update (16), delete (8) and truncate (32).
  guards as (select tgrelid, bool_or(tgenabled in ('O', 'A')) as enabled from pg_trigger
    where tgfoid = 'refuse_change'::regproc and tgtype = 2 + 8 + 16 + 32 group by tgrelid)
  select 'table ' || g.name as row, 'has no trigger that refuses changes' as detail
    from guarded g where not exists (select from guards where tgrelid = g.oid)
  union all
  select 'table ' || g.name, 'its trigger is disabled'
    from guarded g join guards on tgrelid = g.oid where not enabled
  union all
  select 'table ' || g.name, 'the application may ' || change
    from guarded g, unnest(array['update', 'delete', 'truncate', 'trigger']) change
    where has_table_privilege('wallet_app', g.oid, change)
  union all
  select 'table ' || g.name, 'the application may update ' || attname
    from guarded g join pg_attribute on attrelid = g.oid and attnum > 0 and not attisdropped
    where has_column_privilege('wallet_app', g.oid, attnum, 'update')
      and not has_table_privilege('wallet_app', g.oid, 'update')
  union all
  select 'function refuse_change', 'is not what the migrations made'
    from pg_proc where oid = 'refuse_change'::regproc
      and encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') <> '${refuseChangeHash}'
  union all
  select 'role wallet_app', 'is a superuser, or may become the owner'
    from pg_roles r where rolname = 'wallet_app' and (rolsuper or rolcreaterole
      or pg_has_role('wallet_app', (select relowner from pg_class where oid = 'entry'::regclass),
        'member'))`;

/** An entry's own times are no part of the chain: they must be those of its transfer. */
const timesOfEntries = `
  select format('entry %s-%s', e.account_id, e.version) as row,
    format('its times are not those of transfer %s', t.id) as detail
  from entry e join transfer t on t.id = e.transfer_id
  where e.posted_at >= :time::timestamptz
    and t.posted_at >= :time::timestamptz - interval '1 minute'
    and (e.posted_at > t.posted_at + interval '1 minute'
      or e.posted_at < t.posted_at - interval '1 minute'
      or e.effective_at is distinct from t.effective_at)`;

/** Sealing lags by seconds; a transfer that waits longer than this is nobody's evidence yet. */
const unsealed = `
  select format('transfer %s', id) as row,
    format('number %s is in no block since %s', number, posted_at) as detail
  from transfer
  where number > (select coalesce(max(last_number), 0) from chain_block)
    and posted_at < statement_timestamp() - interval '10 minutes'`;

/**
 * I17: a full pass recomputes the chain from its beginning, a recent one the blocks that were
 * sealed since, and in any case the last.
 */
export async function chainRecomputes(db: Queryable, pass: Pass): Promise<Finding> {
  const found = await db.raw<{ rows: { height: string | null }[] }>(
    `select coalesce(min(height) filter (where sealed_at >= ?::timestamptz), max(height)) as height
     from chain_block`,
    [pass.time],
  );
  const from = pass.full ? 1 : Number(found.rows[0]?.height ?? 1);
  const { fault } = await verifyChain(db, { from });
  const late = await findRows(db, `${unsealed} union all ${timesOfEntries}`, pass);
  if (fault === null) return late;
  return { violations: late.violations + 1, examples: [fault.detail, ...late.examples] };
}

import { intentKinds, intentTables } from '../intents/kinds.ts';
import { statusChangedAt } from './disputes.ts';
import { refundWaitDays } from '../refunds/refund.ts';

/** I6–I9, I12 and I15 as SQL: intents, payments and what was answered; form as in `balances.ts`. */

type NounTable = { readonly table: string; readonly noun: string; readonly kinds: string };

/** What rows are called by people, and the kinds of intents that make them, as a list of SQL. */
const nouns: readonly NounTable[] = intentTables.map(({ table }) => {
  const its = Object.entries(intentKinds).filter(([, row]) => row.table === table);
  const kinds = its.map(([kind]) => `'${kind}'`).join(', ');
  return { table, noun: table.replaceAll('_', '-'), kinds };
});

function ofEach(sql: (noun: NounTable) => string): string {
  return nouns.map(sql).join('\n  union all\n  ');
}

/** Timers have some minutes to act on what is due. */
const grace = `interval '10 minutes'`;

export const intentsEnd = `
  select 'intent ' || intent_id as row, 'is parked since ' || parked_at as detail from parked
    where parked_at < statement_timestamp() - ${grace}
  union all
  select 'payment ' || id, 'is still authorized, which expired at ' || authorization_expires_at
    from payment where status = 'authorized'
      and authorization_expires_at < statement_timestamp() - ${grace}
  union all
  select 'payment ' || id, 'is in review since ' || updated_at
    from payment where status = 'in_review'
      and updated_at < statement_timestamp() - interval '24 hours' - ${grace}
  union all
  select 'refund ' || id, 'waits for money since ' || accepted_at from refund
    where status = 'pending'
      and accepted_at < statement_timestamp() - interval '${refundWaitDays} days' - ${grace}
  union all
  select 'intent ' || w.intent_id, 'is parked and settled' from parked w
    where ${nouns
      .map(({ table }) => `exists (select from ${table} where id = w.intent_id)`)
      .join(' or ')}
  union all
  select 'intent ' || id, 'ended as ' || string_agg(noun, ' and as ' order by noun)
    from (${nouns
      .map(
        ({ table, noun }) =>
          `select id, 'a ${noun}' as noun from ${table} where updated_at >= :time::timestamptz`,
      )
      .join(' union all ')}) ended group by id having count(*) > 1`;

export const oneEffectPerIntent = `
  ${ofEach(
    ({ table, noun, kinds }) => `select '${noun} ' || t.id as row, 'has no intent' as detail
    from ${table} t where t.updated_at >= :time::timestamptz
      and not exists (select from intent i where i.id = t.id and i.kind in (${kinds}))`,
  )}
  union all
  select 'intent ' || intent_id, format('%s transfers of kind %s', count(*), kind) from transfer
    where posted_at >= :time::timestamptz and kind in ('payment', 'top_up', 'refund')
      and intent_id is not null
    group by intent_id, kind having count(*) > 1
  union all
  ${ofEach(
    ({ table, kinds }) => `select 'intent ' || i.id, 'is settled without a ' || i.kind
    from intent i where :full::boolean and i.state = 'settled' and i.kind in (${kinds})
      and not exists (select from ${table} t where t.id = i.id)`,
  )}
  union all
  select 'intent ' || i.id, 'is parked without a record' from intent i
    where :full::boolean and i.state = 'parked'
      and not exists (select from parked w where w.intent_id = i.id)`;

export const returnedWithinCaptured = `
  select 'payment ' || id as row,
    format('captured %s of %s, refunded %s, disputed %s', captured_minor, amount_minor,
      refunded_minor, disputed_minor) as detail
    from payment where updated_at >= :time::timestamptz
      and (refunded_minor + refunding_minor + disputed_minor > captured_minor
        or captured_minor > amount_minor)`;

/**
 * What moved and what is held for a payment must be what its state says. Captures may be days
 * apart, and a refund changes a row long after its money moved: a recent pass compares what moved
 * only for payments that were decided at once, and lately; a full pass for all whose transfers are
 * not archived. A hold that expired is released before its payment's timer.
 */
export const statesAreLegal = `
  with moved as (select t.payment_id, sum(e.amount_minor) filter (where e.amount_minor > 0) as minor
    from transfer t join entry e on e.transfer_id = t.id
    where t.kind = 'payment' and t.payment_id is not null
      and t.posted_at >= :time::timestamptz - interval '1 minute'
      and e.posted_at >= :time::timestamptz - interval '1 minute'
    group by t.payment_id),
  held as (select payment_id, sum(amount_minor - captured_minor) as minor from hold
    where state = 'open' group by payment_id)
  select 'payment ' || p.id as row, format('%s at version %s: captured %s, moved %s, held %s',
      p.status, p.version, p.captured_minor, coalesce(m.minor, 0), coalesce(h.minor, 0)) as detail
    from payment p
    left join moved m on m.payment_id = p.id
    left join held h on h.payment_id = p.id
    where p.updated_at >= :time::timestamptz and (p.version < 1
      or (p.version = 1 and p.decided_at >= :time::timestamptz or :full::boolean)
        and p.captured_minor <> coalesce(m.minor, 0)
        and p.accepted_at >= (select coalesce(max(until) + interval '1 hour', '-infinity')
          from entry_opening)
      or coalesce(h.minor, 0) <> case
          when p.status in ('in_review', 'authorized') then p.amount_minor - p.captured_minor
          else 0 end
        and (h.minor is not null or p.updated_at >= statement_timestamp() - interval '24 hours'
          and coalesce(p.authorization_expires_at, 'infinity') >= statement_timestamp())
      or p.captured_minor > 0
        and p.status not in ('captured', 'authorized', 'expired', 'canceled')
      or p.captured_minor = 0 and p.status = 'captured')`;

/** A payment's refunds and disputes change its row, and are told themselves. */
const changedAt = `coalesce((select c.at from object_change c
      where c.object_id = t.id and c.version = t.version), t.decided_at)`;

/** When what is told of a row happened, where that is not its last update. */
const toldAt: Readonly<Record<string, string>> = {
  ...{ payment: changedAt, dispute: statusChangedAt },
};

/**
 * Rows older than the shortest retention are not looked for. To publish, the relay has some
 * minutes: until then OutboxOld tells, or what keeps it from Kafka.
 */
export const effectsAreTold = `
  with recent as (select id, record_count, created_at, published_at from outbox_batch
    where created_at >= greatest(:time::timestamptz, statement_timestamp() - interval '1 hour')),
  told as (select r.id, o.key from recent r join outbox o on o.batch_id = r.id)
  ${ofEach(
    ({ table, noun }) => `select '${noun} ' || t.id as row, 'has no event' as detail from ${table} t
    where ${toldAt[table] ?? 't.updated_at'}
        >= greatest(:time::timestamptz, statement_timestamp() - interval '1 hour')
      and t.updated_at >= greatest(:time::timestamptz, statement_timestamp() - interval '1 hour')
      and not exists (select from told where told.key = t.id::text)`,
  )}
  union all
  select 'outbox batch ' || r.id, format('%s records of %s', count(told.id), r.record_count)
    from recent r left join told on told.id = r.id
    group by r.id, r.record_count having count(told.id) <> r.record_count
  union all
  select 'outbox batch ' || id, 'not published since ' || created_at from outbox_batch
    where published_at is null and created_at < statement_timestamp() - ${grace}`;

/** An id that was answered with a refusal has left nothing, nor has any item of a refused chain. */
export const refusalsLeaveNothing = `
  with refused as (select id, kind, refusal from posting_result
    where refusal is not null and answered_at >= :time::timestamptz)
  select 'transfer ' || t.id as row, 'was refused: ' || r.refusal as detail
    from refused r join transfer t on t.id = r.id
  union all
  select 'hold ' || h.id, 'was refused: ' || r.refusal from refused r join hold h on h.id = r.id
  union all
  select 'transfer ' || t.id, format('is of chain %s, which was refused: %s', r.id, r.refusal)
    from transfer t join refused r on r.id = t.chain_id
    where t.chain_id is not null and r.kind = 'chain' and t.posted_at >= :time::timestamptz`;

import { patience } from './judgement.ts';

/** Of one endpoint no more are counted: a dead one has any number. */
const mostCounted = 1_000;

/** Deliveries that are due, and since when, as SQL; a few steps in an index for each endpoint. */
export const dueDeliveries = `select
    case when e.failures >= ${patience} then 'webhooks failing' else 'webhooks well' end,
    coalesce(sum(d.count), 0), extract(epoch from min(d.oldest)) * 1000
  from webhook_endpoint e cross join lateral (
    select count(*), min(next_at) as oldest from (
      select next_at from webhook_delivery
      where endpoint_id = e.id and status = 'queued' and next_at <= statement_timestamp()
      order by next_at limit ${mostCounted}) due) d
  where e.status = 'enabled' group by 1`;

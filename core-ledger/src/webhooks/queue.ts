import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { patience } from './judgement.ts';

/** A delivery that is ours to try. */
export type ClaimedDelivery = {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly body: string;
  readonly traceparent: string | null;
  /** Tries, this one included. */
  readonly attempts: number;
  readonly occurredAtMs: number;
  readonly firstTriedAtMs: number;
  readonly url: string;
  /** In base64, those that sign: the present one, then the one before while it is good. */
  readonly sealedSecrets: readonly string[];
  /** Of the endpoint: failures in a row, and since when; `isTrial`: too many of them. */
  readonly failures: number;
  readonly isTrial: boolean;
  readonly failingSinceMs: number | null;
};

export type ClaimOptions = {
  /** Most deliveries in all. */
  readonly slots: number;
  /** Of them, most to endpoints that fail: those who hang never hold up the others. */
  readonly trials: number;
  /** How many more may be taken on for an endpoint, for those that are known here. */
  readonly free: ReadonlyMap<string, number>;
  /** The same for all others. */
  readonly usualFree: number;
  /** A try that has not been settled by then is made again by somebody. */
  readonly leaseMs: number;
};

/** A delivery that was taken on and not tried, for no fault of its endpoint. */
export type ReturnedDelivery = {
  readonly delivery: Pick<ClaimedDelivery, 'id' | 'endpointId' | 'attempts'>;
  readonly waitMs: number;
};

/** A delivery that has arrived at an endpoint of which nothing else is to be noted. */
export type ArrivedDelivery = {
  readonly delivery: Pick<ClaimedDelivery, 'id' | 'endpointId' | 'attempts'>;
  readonly status: number;
  readonly response: string;
};

/** What a courier asks of the queue, one statement each; keeps the buffers of its statements. */
export type DeliveryQueue = {
  /** Takes on what is due, fairly over the endpoints; at any number of places at once. */
  claim(options: ClaimOptions): Statement;
  /** From the answer of `claim`. */
  claimedOf(answer: Answer | undefined): ClaimedDelivery[];
  /** One that another try has ended or taken up in the meantime stays as it is. */
  arrived(deliveries: readonly ArrivedDelivery[]): Statement;
  /** Gives them back as if nobody had taken them on. */
  release(deliveries: readonly ReturnedDelivery[]): Statement;
};

/**
 * Endpoints with something queued are found by hopping over the index, whatever waits for them.
 * Each gets its first turn before any gets its second. A claim is a try: one that ends its process
 * is counted. In: slots, trials, usual room, lease in ms, room by endpoint as a JSON object.
 */
const claimText = `
with recursive queued(endpoint_id) as (
  (select endpoint_id from webhook_delivery where status = 'queued' order by endpoint_id limit 1)
  union all
  select (select d.endpoint_id from webhook_delivery d
      where d.status = 'queued' and d.endpoint_id > q.endpoint_id order by d.endpoint_id limit 1)
    from queued q where q.endpoint_id is not null
), open as (
  select e.id, e.resumes_at, e.failures >= ${patience} as fails,
    coalesce(($5::jsonb ->> e.id::text)::int,
      case when e.failures >= ${patience} then 1 else $3::int end) as free
  from queued q join webhook_endpoint e on e.id = q.endpoint_id
  where e.status = 'enabled' and e.resumes_at <= statement_timestamp()
), lane as materialized (
  select *, row_number() over (partition by fails order by resumes_at) as place,
    count(*) over () as lanes
  from open where free > 0
), due as materialized (
  select l.id as endpoint_id, d.id, l.fails
  from lane l cross join lateral (
    select d.id from webhook_delivery d
    where d.endpoint_id = l.id and d.status = 'queued' and d.next_at <= statement_timestamp()
    order by d.next_at limit least(l.free, greatest(1, $1::int / l.lanes))
    for update skip locked) d
  where not l.fails or l.place <= $2::int
), picked as materialized (
  select endpoint_id, id from due
  order by row_number() over (partition by endpoint_id order by id), fails limit $1::int
)
update webhook_delivery d set attempts = attempts + 1,
  next_at = statement_timestamp() + make_interval(secs => $4::int / 1000.0),
  first_tried_at = coalesce(first_tried_at, statement_timestamp())
from picked p join webhook_endpoint e on e.id = p.endpoint_id
where d.endpoint_id = p.endpoint_id and d.id = p.id
returning d.id, d.endpoint_id, d.event_id, d.body, d.traceparent, d.attempts,
  (extract(epoch from d.occurred_at) * 1000)::int8,
  (extract(epoch from d.first_tried_at) * 1000)::int8, e.url, e.failures,
  (extract(epoch from e.failing_since) * 1000)::int8,
  translate(encode(e.sealed_secret, 'base64'), E'\\n', ''),
  case when e.previous_until > statement_timestamp()
    then translate(encode(e.previous_sealed_secret, 'base64'), E'\\n', '') end`;

export function createDeliveryQueue(): DeliveryQueue {
  const key = { endpoint_id: 'uuid', id: 'uuid', attempts: 'int4' } as const;
  const arrivals = createBatchStatement({
    name: 'settle_arrived_deliveries',
    text: `update webhook_delivery d set status = 'delivered', ended_at = statement_timestamp(),
        last_status = r.http_status, last_error = null, last_response = r.response
      from $rows r(endpoint_id, id, attempts, http_status, response)
      where d.endpoint_id = r.endpoint_id and d.id = r.id and d.attempts = r.attempts
        and d.status = 'queued'`,
    columns: { ...key, http_status: 'int4', response: 'text' },
  });
  const returns = createBatchStatement({
    name: 'release_deliveries',
    text: `update webhook_delivery d set attempts = d.attempts - 1,
        next_at = statement_timestamp() + make_interval(secs => r.wait_ms / 1000.0)
      from $rows r(endpoint_id, id, attempts, wait_ms)
      where d.endpoint_id = r.endpoint_id and d.id = r.id and d.attempts = r.attempts
        and d.status = 'queued'`,
    columns: { ...key, wait_ms: 'int4' },
  });
  return {
    claim: ({ slots, trials, usualFree, leaseMs, free }) => ({
      name: 'claim_deliveries',
      text: claimText,
      values: [slots, trials, usualFree, leaseMs, JSON.stringify(Object.fromEntries(free))],
    }),
    claimedOf: (answer) => (answer?.rows ?? []).map(claimedOf),
    arrived(deliveries) {
      arrivals.reset();
      const { columns } = arrivals;
      for (const { delivery, status, response } of deliveries) {
        columns.endpoint_id.add(delivery.endpointId);
        columns.id.add(delivery.id);
        columns.attempts.add(delivery.attempts);
        columns.http_status.add(status);
        columns.response.add(response);
      }
      return arrivals.statement();
    },
    release(deliveries) {
      returns.reset();
      const { columns } = returns;
      for (const { delivery, waitMs } of deliveries) {
        columns.endpoint_id.add(delivery.endpointId);
        columns.id.add(delivery.id);
        columns.attempts.add(delivery.attempts);
        columns.wait_ms.add(waitMs);
      }
      return returns.statement();
    },
  };
}

/** A row as `claimText` returns it. */
function claimedOf(row: readonly (string | null)[]): ClaimedDelivery {
  const [id, endpointId, eventId, body, traceparent, attempts, occurred, firstTried] = row;
  const [url, failures, failingSince, ...sealed] = row.slice(8);
  return {
    ...{ id: String(id), endpointId: String(endpointId), eventId: String(eventId) },
    ...{ body: String(body), traceparent: traceparent ?? null, attempts: Number(attempts) },
    ...{ occurredAtMs: Number(occurred), firstTriedAtMs: Number(firstTried), url: String(url) },
    ...{ failures: Number(failures), isTrial: Number(failures) >= patience },
    failingSinceMs: typeof failingSince === 'string' ? Number(failingSince) : null,
    sealedSecrets: sealed.filter((secret) => typeof secret === 'string'),
  };
}

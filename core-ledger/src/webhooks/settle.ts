import type { Knex } from 'knex';
import type { Database } from '../database/database.ts';
import { restMs, type Judgement, type TryResult } from './judgement.ts';
import type { DisabledReason } from './endpoint.ts';
import { tellOwners, type GivenUp } from './notice.ts';
import type { ClaimedDelivery } from './queue.ts';
import { cancelQueued } from './store.ts';

/** A try that has ended. */
export type EndedTry = {
  readonly delivery: Pick<ClaimedDelivery, 'id' | 'endpointId' | 'attempts' | 'failures'>;
  readonly result: TryResult;
  readonly judgement: Judgement;
};

/** A delivery that another try has ended or taken up in the meantime stays as it is. */
const deliveriesSql = `
update webhook_delivery d set status = case r.outcome when 'retry' then 'queued' else r.outcome end,
  next_at = statement_timestamp() + make_interval(secs => r.wait_ms / 1000.0),
  ended_at = case r.outcome when 'retry' then null else statement_timestamp() end,
  last_status = r.http_status, last_error = r.error, last_response = r.response
from jsonb_to_recordset(?::jsonb) r(endpoint_id uuid, id uuid, attempts int, outcome text,
  wait_ms float8, http_status int, error text, response text)
where d.endpoint_id = r.endpoint_id and d.id = r.id and d.attempts = r.attempts
  and d.status = 'queued'`;

/**
 * Writes what became of tries, and what follows for their endpoints: rest, recovery, or the end.
 * @returns the endpoints that were given up, each once
 */
export async function settleTries(
  db: Pick<Database, 'knex'>,
  tries: readonly EndedTry[],
): Promise<GivenUp[]> {
  if (tries.length === 0) return [];
  return db.knex.transaction(async (trx) => {
    await trx.raw(deliveriesSql, [JSON.stringify(tries.map(rowOf))]);
    await settleEndpoints(trx, tries);
    const ended = new Map(
      tries.flatMap(({ delivery, judgement: { disables } }) =>
        disables === null ? [] : [[delivery.endpointId, disables] as const],
      ),
    );
    const givenUp: GivenUp[] = [];
    for (const [endpointId, reason] of [...ended].sort()) {
      const one = await giveUp(trx, endpointId, reason);
      if (one !== null) givenUp.push(one);
    }
    await tellOwners(trx, givenUp);
    return givenUp;
  });
}

function rowOf({ delivery, result, judgement }: EndedTry): object {
  const { endpointId, id, attempts } = delivery;
  return {
    ...{ endpoint_id: endpointId, id, attempts },
    ...{ outcome: judgement.outcome, wait_ms: judgement.waitMs, http_status: result.status },
    ...(result.status === null ? { error: result.error } : { response: result.response }),
  };
}

/**
 * Only failures, and successes of those that failed before, change an endpoint. What was under way
 * at the same time is one observation: it fails when nothing of it arrived. In id order.
 */
async function settleEndpoints(trx: Knex.Transaction, tries: readonly EndedTry[]): Promise<void> {
  const seen = new Map<string, { arrived: boolean; hadFailed: boolean }>();
  for (const { delivery, judgement } of tries) {
    const before = seen.get(delivery.endpointId);
    seen.set(delivery.endpointId, {
      arrived: before?.arrived === true || judgement.outcome === 'delivered',
      hadFailed: before?.hadFailed === true || delivery.failures > 0,
    });
  }
  for (const [id, { arrived, hadFailed }] of [...seen].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!arrived) await countFailure(trx, id);
    else if (hadFailed) {
      await trx.raw(
        `update webhook_endpoint set failures = 0, failing_since = null,
           resumes_at = statement_timestamp() where id = ?::uuid`,
        [id],
      );
    }
  }
}

async function countFailure(trx: Knex.Transaction, endpointId: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { failures: number }[] }>(
    `update webhook_endpoint set failures = failures + 1,
       failing_since = coalesce(failing_since, statement_timestamp())
     where id = ?::uuid returning failures`,
    [endpointId],
  );
  await trx.raw(
    `update webhook_endpoint set resumes_at =
       statement_timestamp() + make_interval(secs => ?::float8 / 1000) where id = ?::uuid`,
    [restMs(rows[0]?.failures ?? 0), endpointId],
  );
}

async function giveUp(
  trx: Knex.Transaction,
  endpointId: string,
  reason: DisabledReason,
): Promise<GivenUp | null> {
  const { rows } = await trx.raw<{ rows: { owner_id: string; url: string; updated_at: Date }[] }>(
    `update webhook_endpoint set status = 'disabled', disabled_reason = ?,
       updated_at = statement_timestamp()
     where id = ?::uuid and status = 'enabled' returning owner_id, url, updated_at`,
    [reason, endpointId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  await cancelQueued(trx, endpointId);
  const { owner_id: ownerId, url, updated_at: at } = row;
  return { endpointId, ownerId, url, reason, atMs: at.getTime() };
}

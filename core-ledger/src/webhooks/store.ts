import type { Database, Queryable } from '../database/database.ts';
import { noteInterest } from '../notifications/interest.ts';
import { mostWebhookEndpoints } from './endpoint.ts';
import type { DisabledReason, WebhookEndpoint } from './endpoint.ts';

/** Who may touch what: an endpoint of somebody else is not there. */
type Owned = { readonly id: string; readonly ownerId: string };

/** @returns null when the owner has as many as there may be */
export async function createWebhookEndpoint(
  db: Pick<Database, 'knex'>,
  asked: { id: string; ownerId: string; url: string; events: string[]; sealedSecret: Buffer },
): Promise<WebhookEndpoint | null> {
  return db.knex.transaction(async (trx) => {
    const { id, ownerId, url, events, sealedSecret } = asked;
    // Makes the endpoints of one owner one after the other; the number is any of our own.
    await trx.raw('select pg_advisory_xact_lock(7305026, hashtext(?))', [ownerId]);
    const owned = trx('webhook_endpoint')
      .where({ owner_id: ownerId })
      .whereNot({ status: 'deleted' });
    const [{ count } = { count: 0 }] = await owned.count<{ count: string }[]>();
    if (Number(count) >= mostWebhookEndpoints) return null;
    await noteInterest(trx, ownerId);
    const { rows } = await trx.raw<{ rows: EndpointRow[] }>(
      `insert into webhook_endpoint (id, owner_id, url, events, sealed_secret)
       values (?::uuid, ?::uuid, ?, ?::text[], ?) returning *`,
      [id, ownerId, url, events, sealedSecret],
    );
    return endpointOf(rows[0] as EndpointRow);
  });
}

/** All of an owner, the newest first; there are never many. */
export async function listWebhookEndpoints(
  db: Queryable,
  ownerId: string,
): Promise<WebhookEndpoint[]> {
  const rows = await db<EndpointRow>('webhook_endpoint')
    .where({ owner_id: ownerId })
    .whereNot({ status: 'deleted' })
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
  return rows.map(endpointOf);
}

export async function findWebhookEndpoint(
  db: Queryable,
  { id, ownerId }: Owned,
): Promise<WebhookEndpoint | null> {
  const row = await db<EndpointRow>('webhook_endpoint')
    .where({ id, owner_id: ownerId })
    .whereNot({ status: 'deleted' })
    .first<EndpointRow | undefined>();
  return row === undefined ? null : endpointOf(row);
}

/** Sends there again from now on; what failed before is forgotten. Null: no such endpoint. */
export async function enableWebhookEndpoint(
  db: Queryable,
  { id, ownerId }: Owned,
): Promise<WebhookEndpoint | null> {
  const { rows } = await db.raw<{ rows: EndpointRow[] }>(
    `update webhook_endpoint set status = 'enabled', disabled_reason = null, failures = 0,
       failing_since = null, resumes_at = statement_timestamp(), updated_at = statement_timestamp()
     where id = ?::uuid and owner_id = ?::uuid and status <> 'deleted' returning *`,
    [id, ownerId],
  );
  return rows[0] === undefined ? null : endpointOf(rows[0]);
}

/** From now on the new secret signs; the one before signs as well for `overlapSeconds`. */
export async function rotateWebhookSecret(
  db: Queryable,
  { id, ownerId }: Owned,
  next: { sealedSecret: Buffer; overlapSeconds: number },
): Promise<WebhookEndpoint | null> {
  const { rows } = await db.raw<{ rows: EndpointRow[] }>(
    `update webhook_endpoint set previous_sealed_secret = sealed_secret, sealed_secret = ?,
       previous_until = statement_timestamp() + make_interval(secs => ?),
       updated_at = statement_timestamp()
     where id = ?::uuid and owner_id = ?::uuid and status <> 'deleted' returning *`,
    [next.sealedSecret, next.overlapSeconds, id, ownerId],
  );
  return rows[0] === undefined ? null : endpointOf(rows[0]);
}

/**
 * Nothing goes there any more, and its secrets are gone; again, it is as it was. The deliveries
 * stay for the record. False: no such endpoint.
 */
export async function deleteWebhookEndpoint(
  db: Pick<Database, 'knex'>,
  { id, ownerId }: Owned,
): Promise<boolean> {
  return db.knex.transaction(async (trx) => {
    const { rowCount } = await trx.raw<{ rowCount: number }>(
      `update webhook_endpoint set status = 'deleted', disabled_reason = null,
         sealed_secret = null, previous_sealed_secret = null, updated_at = statement_timestamp()
       where id = ?::uuid and owner_id = ?::uuid`,
      [id, ownerId],
    );
    if (rowCount > 0) await cancelQueued(trx, id);
    return rowCount > 0;
  });
}

/** What still waits is canceled; its owner may replay it. */
export async function cancelQueued(db: Queryable, endpointId: string): Promise<void> {
  await db.raw(
    `update webhook_delivery set status = 'canceled', ended_at = statement_timestamp()
     where endpoint_id = ?::uuid and status = 'queued'`,
    [endpointId],
  );
}

type EndpointRow = {
  id: string;
  owner_id: string;
  url: string;
  events: string[];
  status: 'enabled' | 'disabled' | 'deleted';
  disabled_reason: DisabledReason | null;
  previous_until: Date | null;
  created_at: Date;
  updated_at: Date;
};

function endpointOf(row: EndpointRow): WebhookEndpoint {
  return {
    ...{ id: row.id, ownerId: row.owner_id, url: row.url, events: row.events },
    status: row.status === 'enabled' ? 'enabled' : 'disabled',
    ...{ disabledReason: row.disabled_reason, previousUntil: row.previous_until },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

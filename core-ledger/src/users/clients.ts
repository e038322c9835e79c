import type { Queryable } from '../database/database.ts';
import { insertSession } from '../sessions/store.ts';

/** A back end that acts for a user, as the identity service checks it. */
export type ServiceClient = {
  id: string;
  userId: string;
  /** SHA-256 of each secret that is good now. */
  secretHashes: Buffer[];
};

/** Clients do not run out; they are revoked. */
const clientSeconds = 100 * 365 * 86_400;

/** Registers a client; false when there is no such user who may have one (a merchant). */
export async function insertServiceClient(
  db: Queryable,
  client: { id: string; userId: string; secretHash: Buffer },
): Promise<boolean> {
  const { id, userId, secretHash } = client;
  return db.transaction(async (trx) => {
    const found = await trx.raw<{ rowCount: number }>(
      `select from app_user where id = ?::uuid and role = 'merchant'`,
      [userId],
    );
    if (found.rowCount === 0) return false;
    // Its tokens belong to this session, so that they end with it.
    await insertSession(trx, { id, userId, lifetimeSeconds: clientSeconds });
    await trx('service_client').insert({ id, user_id: userId, secret_hash: secretHash });
    return true;
  });
}

/** A client that has not been revoked, or null. */
export async function findServiceClient(db: Queryable, id: string): Promise<ServiceClient | null> {
  const found = await db.raw<{ rows: ClientRow[] }>(
    `select c.id, c.user_id, c.secret_hash,
       case when c.previous_until > now() then c.previous_hash end as previous_hash
     from service_client c join session s on s.id = c.id
     where c.id = ?::uuid and s.revoked_at is null`,
    [id],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  const secretHashes = [row.secret_hash, ...(row.previous_hash ? [row.previous_hash] : [])];
  return { id: row.id, userId: row.user_id, secretHashes };
}

/** Gives a client a new secret; the present one stays good for a while. False: no such client. */
export async function rotateClientSecret(
  db: Queryable,
  rotation: { id: string; secretHash: Buffer; previousSeconds: number },
): Promise<boolean> {
  const rotated = await db.raw<{ rowCount: number }>(
    `update service_client set secret_hash = ?, previous_hash = secret_hash,
       previous_until = now() + make_interval(secs => ?)
     where id = ?::uuid and exists (
       select from session s where s.id = service_client.id and s.revoked_at is null)`,
    [rotation.secretHash, rotation.previousSeconds, rotation.id],
  );
  return rotated.rowCount === 1;
}

/** Ends a client and all its tokens; false when there is no such one any more. */
export async function revokeServiceClient(db: Queryable, id: string): Promise<boolean> {
  const revoked = await db.raw<{ rowCount: number }>(
    `update session set revoked_at = now()
     where id = ?::uuid and revoked_at is null and id in (select id from service_client)`,
    [id],
  );
  return revoked.rowCount === 1;
}

type ClientRow = {
  id: string;
  user_id: string;
  secret_hash: Buffer;
  previous_hash: Buffer | null;
};

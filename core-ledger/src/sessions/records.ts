import { hash } from 'node:crypto';
import type { Queryable } from '../database/database.ts';

/** What the OpenID provider keeps of a grant or a refresh token; `payload` is its own business. */
export type ProviderRecord = {
  model: string;
  /** The token itself, of which only the SHA-256 is kept. */
  id: string;
  sessionId: string | null;
  payload: object;
  lifetimeSeconds: number;
};

/** Writes a record, over one of the same id. */
export async function putRecord(db: Queryable, record: ProviderRecord): Promise<void> {
  await db.raw(
    `insert into oidc_record (model, id, session_id, payload, expires_at)
     values (?, ?, ?::uuid, ?::jsonb, now() + make_interval(secs => ?))
     on conflict (model, id) do update
       set payload = excluded.payload, expires_at = excluded.expires_at`,
    [
      record.model,
      digestOf(record.id),
      record.sessionId,
      JSON.stringify(record.payload),
      record.lifetimeSeconds,
    ],
  );
}

/** A record whose session goes on, or null. */
export async function findRecord(
  db: Queryable,
  model: string,
  id: string,
): Promise<{ payload: object; consumed: boolean } | null> {
  const found = await db.raw<{ rows: { payload: object; consumed: boolean }[] }>(
    `select r.payload, r.consumed_at is not null as consumed
     from oidc_record r left join session s on s.id = r.session_id
     where r.model = ? and r.id = ? and r.expires_at > now()
       and (r.session_id is null or (s.revoked_at is null and s.expires_at > now()))`,
    [model, digestOf(id)],
  );
  return found.rows[0] ?? null;
}

/** Uses a record up; of many who try at once one hears true. */
export async function consumeRecord(db: Queryable, model: string, id: string): Promise<boolean> {
  const consumed = await db.raw<{ rowCount: number }>(
    `update oidc_record set consumed_at = now()
     where model = ? and id = ? and consumed_at is null`,
    [model, digestOf(id)],
  );
  return consumed.rowCount === 1;
}

/** Which session a record belongs to, whatever became of either. */
export async function sessionOfRecord(
  db: Queryable,
  model: string,
  id: string,
): Promise<string | null> {
  const found = await db.raw<{ rows: { session_id: string | null }[] }>(
    'select session_id from oidc_record where model = ? and id = ?',
    [model, digestOf(id)],
  );
  return found.rows[0]?.session_id ?? null;
}

export async function deleteRecord(db: Queryable, model: string, id: string): Promise<void> {
  await db.raw('delete from oidc_record where model = ? and id = ?', [model, digestOf(id)]);
}

/** Removes what has run out, a bounded number at a time. */
export async function deleteExpiredRecords(db: Queryable): Promise<number> {
  const deleted = await db.raw<{ rowCount: number }>(
    `delete from oidc_record where (model, id) in (
       select model, id from oidc_record where expires_at < now() limit 1000)`,
  );
  return deleted.rowCount;
}

function digestOf(id: string): Buffer {
  return hash('sha256', id, 'buffer');
}

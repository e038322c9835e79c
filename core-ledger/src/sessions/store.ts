import type { Queryable } from '../database/database.ts';

/**
 * Opens a session (one login and all tokens that come of it) that lives `lifetimeSeconds` by the
 * database's clock.
 */
export async function insertSession(
  db: Queryable,
  session: { id: string; userId: string; lifetimeSeconds: number },
): Promise<void> {
  await db.raw(
    `insert into session (id, user_id, expires_at)
     values (?::uuid, ?::uuid, now() + make_interval(secs => ?))`,
    [session.id, session.userId, session.lifetimeSeconds],
  );
}

/** Ends a session for good; harmless when it has ended. */
export async function revokeSession(db: Queryable, sessionId: string): Promise<void> {
  await db.raw(`update session set revoked_at = now() where id = ?::uuid and revoked_at is null`, [
    sessionId,
  ]);
}

/** Those of the sessions that are over (revoked, expired or unknown). */
export async function findEndedSessions(db: Queryable, ids: string[]): Promise<Set<string>> {
  const found = await db.raw<{ rows: { id: string }[] }>(
    `select asked.id from unnest(?::uuid[]) as asked(id)
     left join session s on s.id = asked.id and s.revoked_at is null and s.expires_at > now()
     where s.id is null`,
    [ids],
  );
  return new Set(found.rows.map((row) => row.id));
}

/** Sessions revoked within the last `seconds`: those whose access tokens may still look good. */
export async function listRevokedSessions(db: Queryable, seconds: number): Promise<string[]> {
  const found = await db.raw<{ rows: { id: string }[] }>(
    `select id from session where revoked_at > now() - make_interval(secs => ?)`,
    [seconds],
  );
  return found.rows.map((row) => row.id);
}

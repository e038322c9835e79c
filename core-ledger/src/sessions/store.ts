import type { Queryable } from '../database/database.ts';
import type { UserRole } from '../users/user.ts';
import type { Rotation } from './session.ts';

/** Opens a session of generation 0 that lives `lifetimeSeconds` by the database's clock. */
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

/**
 * Uses up the refresh token of `generation`. One of two concurrent users of a token wins; for the
 * other it was used before, and the session is revoked in the same statement.
 */
export async function rotateSession(
  db: Queryable,
  token: { sessionId: string; generation: number },
): Promise<Rotation> {
  const rotated = await db.raw<{ rows: RotatedRow[] }>(
    `update session s set
       refresh_generation = case when s.refresh_generation = :generation
         then s.refresh_generation + 1 else s.refresh_generation end,
       revoked_at = case when s.refresh_generation = :generation then null else now() end
     from app_user u
     where s.id = :id::uuid and s.revoked_at is null and s.expires_at > now() and u.id = s.user_id
     returning s.user_id, s.refresh_generation, s.revoked_at is not null as revoked, u.role`,
    { id: token.sessionId, generation: token.generation },
  );
  const row = rotated.rows[0];
  if (row === undefined) return { ok: false, reason: 'ended' };
  if (row.revoked) return { ok: false, reason: 'reused' };
  const { user_id: userId, refresh_generation: refreshGeneration, role } = row;
  return { ok: true, session: { id: token.sessionId, userId, role, refreshGeneration } };
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

type RotatedRow = {
  user_id: string;
  refresh_generation: number;
  revoked: boolean;
  role: UserRole;
};

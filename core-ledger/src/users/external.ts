import type { Queryable } from '../database/database.ts';
import type { UserRole } from './user.ts';

/**
 * Takes in a user of another issuer and the session of one of his tokens, which the issuer has
 * vouched for. Harmless when both are there.
 * @returns false when the session has been ended here
 */
export async function admitExternalUser(
  db: Queryable,
  session: { id: string; userId: string; role: UserRole; expiresAt: Date },
): Promise<boolean> {
  const { id, userId, role, expiresAt } = session;
  return db.transaction(async (trx) => {
    await trx.raw(
      `insert into app_user (id, role, password_hash) values (?::uuid, ?, '')
       on conflict (id) do update set role = excluded.role where app_user.role <> excluded.role`,
      [userId, role],
    );
    await trx.raw(
      `insert into session (id, user_id, expires_at) values (?::uuid, ?::uuid, ?)
       on conflict (id) do nothing`,
      [id, userId, expiresAt],
    );
    const open = await trx.raw<{ rowCount: number }>(
      'select from session where id = ?::uuid and revoked_at is null',
      [id],
    );
    return open.rowCount === 1;
  });
}

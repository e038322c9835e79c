import type { Queryable } from '../database/database.ts';
import type { User, UserRole } from './user.ts';

/** Adds a user; false when the address is taken, and then nothing is written. */
export async function insertUser(trx: Queryable, user: User): Promise<boolean> {
  const inserted = await trx.raw<{ rowCount: number }>(
    `insert into app_user (id, email, name, role, password_hash)
     values (?::uuid, ?, ?, ?, ?) on conflict (email) do nothing`,
    [user.id, user.email.toLowerCase(), user.name, user.role, user.passwordHash],
  );
  return inserted.rowCount === 1;
}

/** The user of an address in any case of letters, or null. */
export async function findUserByEmail(db: Queryable, email: string): Promise<User | null> {
  const found = await db.raw<{ rows: UserRow[] }>(
    `select id, email, name, role, password_hash from app_user where email = ?`,
    [email.toLowerCase()],
  );
  const row = found.rows[0];
  return row === undefined ? null : userOf(row);
}

type UserRow = { id: string; email: string; name: string; role: UserRole; password_hash: string };

function userOf(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    passwordHash: row.password_hash,
  };
}

import type { Queryable } from '../database/database.ts';
import type { NewUser, User, UserRole } from './user.ts';
import type { Vault } from './vault.ts';

/** Adds a user; false when the address is taken, and then nothing is written. */
export async function insertUser(trx: Queryable, vault: Vault, user: NewUser): Promise<boolean> {
  const { id, email, name, role, passwordHash } = user;
  const { wrappedKey, sealed } = vault.seal(id, { email: email.toLowerCase(), name });
  const inserted = await trx.raw<{ rowCount: number }>(
    `with p as (
       insert into person (subject_id, email_mac, sealed) select ?::uuid, ?::bytea, ?::bytea
       where not exists (select from person where email_mac = any(?::bytea[]))
       on conflict (email_mac) do nothing returning subject_id
     ), k as (
       insert into person_key (subject_id, wrapped) select subject_id, ?::bytea from p
     )
     insert into app_user (id, role, password_hash) select subject_id, ?, ? from p`,
    [id, vault.macOf(email), sealed, vault.macsOf(email), wrappedKey, role, passwordHash],
  );
  return inserted.rowCount === 1;
}

/** The user of an address in any case of letters, or null. */
export async function findUserByEmail(
  db: Queryable,
  vault: Vault,
  email: string,
): Promise<User | null> {
  const found = await db.raw<{ rows: UserRow[] }>(
    `select u.id, u.role, u.password_hash from app_user u join person p on p.subject_id = u.id
     where p.email_mac = any(?::bytea[])`,
    [vault.macsOf(email)],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return { id: row.id, role: row.role, passwordHash: row.password_hash };
}

/** What a user is at this moment, or null when there is no such one. */
export async function findRole(db: Queryable, id: string): Promise<UserRole | null> {
  const found = await db.raw<{ rows: { role: UserRole }[] }>(
    'select role from app_user where id = ?::uuid',
    [id],
  );
  return found.rows[0]?.role ?? null;
}

type UserRow = { id: string; role: UserRole; password_hash: string };

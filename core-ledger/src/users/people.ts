import type { Queryable } from '../database/database.ts';
import type { Person, Vault } from './vault.ts';

/** What is known of a subject; null when there is no such one, or it has been erased. */
export async function findPerson(
  db: Queryable,
  vault: Vault,
  subjectId: string,
): Promise<Person | null> {
  const found = await db.raw<{ rows: { wrapped: Buffer; sealed: Buffer }[] }>(
    `select wrapped, sealed from person join person_key using (subject_id)
     where subject_id = ?::uuid`,
    [subjectId],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return vault.open(subjectId, { wrappedKey: row.wrapped, sealed: row.sealed });
}

/** What is known of these, by id; nothing of those who were erased. */
export async function findPeople(
  db: Queryable,
  vault: Vault,
  subjectIds: readonly string[],
): Promise<ReadonlyMap<string, Person>> {
  const found = await db.raw<{ rows: { id: string; wrapped: Buffer; sealed: Buffer }[] }>(
    `select subject_id as id, wrapped, sealed from person join person_key using (subject_id)
     where subject_id = any(?::uuid[])`,
    [[...subjectIds]],
  );
  return new Map(
    found.rows.map(({ id, wrapped, sealed }) => [
      id,
      vault.open(id, { wrappedKey: wrapped, sealed }),
    ]),
  );
}

/**
 * Erases a person: without the key the rest is noise, in every copy of the table. The id stays, as
 * do accounts and entries under it. Nobody logs in as this user again and all sessions end.
 * @returns false when there is no such person, or no more
 */
export async function erasePerson(db: Queryable, subjectId: string): Promise<boolean> {
  return db.transaction(async (trx) => {
    const erased = await trx.raw<{ rowCount: number }>(
      `with k as (delete from person_key where subject_id = ?::uuid returning subject_id)
       update person set email_mac = null, erased_at = now() where subject_id in (select * from k)`,
      [subjectId],
    );
    if (erased.rowCount === 0) return false;
    await trx.raw(`update app_user set password_hash = '' where id = ?::uuid`, [subjectId]);
    await trx.raw(
      `update session set revoked_at = now() where user_id = ?::uuid and revoked_at is null`,
      [subjectId],
    );
    return true;
  });
}

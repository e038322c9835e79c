import type { Knex } from 'knex';
import type { Queryable } from '../database/database.ts';
import type { Person, Vault } from './vault.ts';

/** Few enough that logins of these users do not notice the locks. */
const sealedAtOnce = 100;

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

/**
 * Seals what versions before the vault left in plain columns; safe to run at any time and from
 * several processes. `taken` counts users whose address somebody else has meanwhile: they are kept,
 * but are no longer found by it.
 */
export async function sealPlainUsers(
  db: Queryable,
  vault: Vault,
): Promise<{ sealed: number; taken: number }> {
  const total = { sealed: 0, taken: 0 };
  for (;;) {
    const batch = await db.transaction((trx) => sealBatch(trx, vault));
    total.sealed += batch.sealed;
    total.taken += batch.taken;
    if (batch.sealed === 0) return total;
  }
}

async function sealBatch(trx: Knex.Transaction, vault: Vault) {
  const found = await trx.raw<{ rows: { id: string; email: string; name: string | null }[] }>(
    `select id, email, name from app_user where email is not null
     limit ? for update skip locked`,
    [sealedAtOnce],
  );
  let taken = 0;
  for (const { id, email, name } of found.rows) {
    const { wrappedKey, sealed } = vault.seal(id, { email, name: name ?? '' });
    const kept = await trx.raw<{ rows: { found: boolean }[] }>(
      `insert into person (subject_id, sealed, email_mac)
       select :id::uuid, :sealed,
         case when not exists (select from person where email_mac = :mac::bytea)
           then :mac::bytea end
       returning email_mac is not null as found`,
      { id, mac: vault.macOf(email), sealed },
    );
    if (kept.rows[0]?.found === false) taken += 1;
    await trx.raw(`insert into person_key (subject_id, wrapped) values (?::uuid, ?)`, [
      id,
      wrappedKey,
    ]);
    await trx.raw(`update app_user set email = null, name = null where id = ?::uuid`, [id]);
  }
  return { sealed: found.rows.length, taken };
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

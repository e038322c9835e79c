import type { Queryable } from '../database/database.ts';

/** A key as the database keeps it; its private part is sealed. */
export type SigningKeyRow = {
  id: string;
  publicJwk: Record<string, unknown>;
  sealedPrivate: Buffer;
  /** Has its time come? */
  signs: boolean;
};

/** For which the master key seals their private parts. */
export const signingKeyPurpose = 'signing keys';

/** Guards the making of keys; any constant of our own. */
const keyLock = 7_305_005;

/**
 * The keys whose tokens may be about: those to come, the present one, and earlier ones until the
 * tokens they signed have ended. Newest first, so the first that signs is the present one.
 */
export async function listSigningKeys(
  db: Queryable,
  tokenSeconds: number,
): Promise<SigningKeyRow[]> {
  const found = await db.raw<{ rows: KeyRow[] }>(
    `select id, public_jwk, sealed_private, signs_from <= now() as signs
     from (select *, lead(signs_from) over (order by signs_from, id) as next_from
       from signing_key) k
     where next_from is null or next_from + make_interval(secs => ?) > now()
     order by signs_from desc, id desc`,
    [tokenSeconds],
  );
  return found.rows.map((row) => ({
    id: row.id,
    publicJwk: row.public_jwk,
    sealedPrivate: row.sealed_private,
    signs: row.signs,
  }));
}

/**
 * Makes a key where there is none, which signs at once, and one where somebody asked for it, which
 * signs after `announceSeconds`: by then every verifier knows it. One maker at a time.
 * @returns whether a key was made
 */
export async function makeSigningKeys(
  db: Queryable,
  make: () => Pick<SigningKeyRow, 'id' | 'publicJwk' | 'sealedPrivate'>,
  announceSeconds: number,
): Promise<boolean> {
  return db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [keyLock]);
    const asked = await trx.raw<{ rowCount: number }>('delete from signing_key_request');
    const isFirst = (await trx('signing_key').first('id')) === undefined;
    if (asked.rowCount === 0 && !isFirst) return false;
    const { id, publicJwk, sealedPrivate } = make();
    await trx.raw(
      `insert into signing_key (id, public_jwk, sealed_private, signs_from)
       values (?, ?::jsonb, ?, now() + make_interval(secs => ?))`,
      [id, JSON.stringify(publicJwk), sealedPrivate, isFirst ? 0 : announceSeconds],
    );
    return true;
  });
}

/** Asks the identity service for a new key. */
export async function requestSigningKey(db: Queryable): Promise<void> {
  await db.raw('insert into signing_key_request default values');
}

/** The newest key and when it begins, or began, to sign; null when there is none. */
export async function newestSigningKey(
  db: Queryable,
): Promise<{ id: string; signsFrom: Date } | null> {
  const row = await db<{ id: string; signs_from: Date }>('signing_key')
    .orderBy('created_at', 'desc')
    .first('id', 'signs_from');
  return row === undefined ? null : { id: row.id, signsFrom: row.signs_from };
}

type KeyRow = {
  id: string;
  public_jwk: Record<string, unknown>;
  sealed_private: Buffer;
  signs: boolean;
};

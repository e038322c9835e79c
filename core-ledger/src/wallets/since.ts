import type { Knex } from 'knex';

/**
 * Since when users have had an account here: when the first wallet of each was opened, milliseconds
 * since 1970. Users without a wallet are left out.
 */
export async function readUsersSince(
  db: Knex,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.raw<{ rows: { owner_id: string; since: Date }[] }>(
    `select owner_id, min(created_at) as since from wallet
     where owner_id = any(?::uuid[]) group by owner_id`,
    [[...userIds]],
  );
  return new Map(rows.map(({ owner_id: id, since }) => [id, since.getTime()]));
}

import type { World } from './world.ts';

/** As somebody with all rights would, past triggers and the chain of hashes. */
export async function behindTheBack(world: World, sql: string): Promise<void> {
  await world.system.db.knex.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(sql);
  });
}

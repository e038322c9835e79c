import { findPeople, type Database, type Vault } from '@wallet/core-ledger';
import { z } from 'zod';
import type { Answer } from '../http/call.ts';

/** What somebody asks for who sends e-mails. */
export const addressesRequest = z.strictObject({ user_ids: z.array(z.uuid()).max(1_000) });

/** Of those who were erased there is none. */
export async function readAddresses(
  { db, vault }: { db: Database; vault: Vault },
  { user_ids: userIds }: z.output<typeof addressesRequest>,
): Promise<Answer> {
  const people = await findPeople(db.knex, vault, userIds);
  const addresses = [...people].map(([id, { email, name }]) => ({ user_id: id, email, name }));
  return { status: 200, body: { addresses } };
}

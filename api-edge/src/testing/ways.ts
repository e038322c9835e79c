import { randomUUID } from 'node:crypto';
import type { Database } from '@wallet/core-ledger';
import type { ApiAnswer, ApiRequest } from './api-client.ts';
import type { World } from './samples.ts';

/** Sends the sample of an operation with changes; `name` as in `post /payments`. */
type Send = (name: string, change: ApiRequest & { path?: string }) => Promise<ApiAnswer>;

/** What the tests of all operations have, for those who say how their statuses come about. */
export type Cases = { db: Database; world: () => World; send: Send };

/** How a status comes about, by operation and status; each way tells what was answered. */
export type Ways = Record<string, () => Promise<number>>;

/** Of several with one key at once all but one are told that the first is in flight. */
export async function keyInUse({ send }: Pick<Cases, 'send'>, name: string): Promise<number> {
  for (;;) {
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(name, { key })));
    const refused = answers.find(({ body }) => body.code === 'idempotency_key_in_use');
    if (refused !== undefined) return refused.status;
  }
}

/** An action on an `object` is sent twice under one key, and decided in between. */
export async function decidedInBetween(
  { db, send }: Pick<Cases, 'db' | 'send'>,
  name: string,
  object: string,
): Promise<number> {
  const key = randomUUID();
  const { body } = await send(name, { key });
  await db.knex('action').insert({
    ...{ id: body.id, object, object_id: body[`${object}_id`], action: body.action },
    ...{ actor_id: randomUUID(), accepted_at: new Date(), status: 'succeeded' },
  });
  return (await send(name, { key, prefer: 'wait=5' })).status;
}

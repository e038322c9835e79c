import { runStatement } from '../database/statements.ts';
import type { Queryable } from '../database/database.ts';
import { deriveId } from '../ledger/ids.ts';
import { createNotificationStore } from '../notifications/store.ts';
import type { DisabledReason } from './endpoint.ts';

/** An endpoint that gets nothing more until its owner enables it. */
export type GivenUp = {
  endpointId: string;
  ownerId: string;
  url: string;
  reason: DisabledReason;
  atMs: number;
};

const because: Readonly<Record<GivenUp['reason'], string>> = {
  gone: 'It answered 410 Gone.',
  failing: 'A delivery failed at its last try, and none has arrived there since its first.',
};

/** A message in the inbox of each owner, in the transaction that gives the endpoint up. */
export async function tellOwners(db: Queryable, givenUp: readonly GivenUp[]): Promise<void> {
  if (givenUp.length === 0) return;
  const notifications = givenUp.map(({ endpointId, ownerId, url, reason, atMs }) => ({
    notificationId: deriveId(atMs, endpointId, 'webhook endpoint given up'),
    recipientId: ownerId,
    channel: 'inbox' as const,
    template: 'generic.message' as const,
    data: JSON.stringify({
      title: 'Webhook endpoint disabled',
      text: `Nothing is sent to ${url} any more. ${because[reason]} You can enable it again.`,
      webhook_endpoint_id: endpointId,
    }),
    occurredAtMs: atMs,
    status: 'delivered' as const,
  }));
  await runStatement(db, createNotificationStore().insert(notifications));
}

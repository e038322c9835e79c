import type { ObjectChange } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';

/** Who asked for a command, as its intent says. */
export type ActingIntent = {
  readonly caller_id: string;
  readonly actor_role: string | null;
  readonly reason: string | null;
};

/** Who did it, in what role, why, by which request, from which ticket: for the history. */
export function actorOf(
  intent: ActingIntent,
  { headers }: Pick<InboundRecord, 'headers'>,
): Pick<ObjectChange, 'actor' | 'role' | 'reason' | 'requestId' | 'ticketId'> {
  return {
    actor: intent.caller_id,
    role: (intent.actor_role ?? 'system') as ObjectChange['role'],
    reason: intent.reason,
    requestId: headers['request-id'] ?? null,
    ticketId: headers['ticket-id'] ?? null,
  };
}

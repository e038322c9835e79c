import { createHash } from 'node:crypto';
import { deriveId, nobody } from '@wallet/core-ledger';
import type { TicketLink, TicketPriority, TicketTeam } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec, OutboundRecord, TicketIntent } from '@wallet/schemas';

/** Something that a person must look at. */
export type TicketCause = {
  /** What it is about; the first link names the cause: one ticket a cause, however often told. */
  readonly links: readonly [TicketLink, ...TicketLink[]];
  readonly subject: string;
  readonly body: string;
  /** When it came about, in milliseconds since 1970; the same each time it is told. */
  readonly atMs: number;
  /** When it was found, if that is later: the clocks of the ticket run from then. */
  readonly foundAtMs?: number;
  /** Without it that of the first link. */
  readonly team?: TicketTeam;
  /** Without it `high`. */
  readonly priority?: TicketPriority;
};

/**
 * The ticket that the system opens for a cause, as an intent: told again it opens nothing. Whoever
 * posts money never waits for customer service, nor fails with it.
 */
export function systemTicketRecordOf(codec: Codec, cause: TicketCause): OutboundRecord {
  const intent = intentOf(cause);
  const value = codec.encode(topics.ticketIntents, intent);
  return { topic: topics.ticketIntents.name, key: intent.ticket_id, value, headers: {} };
}

function intentOf({ links, subject, body, atMs, ...more }: TicketCause): TicketIntent {
  const [{ kind, id: causeId }] = links;
  const id = deriveId(atMs, `${kind} ${causeId}`, 'system ticket');
  return {
    ...{ intent_id: id, ticket_id: id, caller_id: nobody, actor_role: 'system', kind: 'ticket' },
    ...{ requester_id: null, subject, body, internal: true, links, amount_minor: 0n },
    ...{ to: null, reason: null, owner_id: null, releases_owner: false, other_ticket_id: null },
    ...{ team: more.team ?? null, priority: more.priority ?? null },
    payload_hash: createHash('sha256').update(`${kind} ${causeId}`).digest(),
    accepted_at: more.foundAtMs ?? atMs,
  };
}

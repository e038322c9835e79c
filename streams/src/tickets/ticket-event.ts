import { deriveId } from '@wallet/core-ledger';
import type { OutboxRecord, TicketStep } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec } from '@wallet/schemas';

/** What happened to a ticket, as it is told to the world. Key: the ticket's id. */
export function ticketEventOf(
  codec: Codec,
  { ticket, event, clock }: TicketStep,
  told: { messageId: string | null; occurredAtMs: number; headers: Record<string, string> },
): OutboxRecord {
  const eventId = deriveId(ticket.openedAtMs, ticket.id, event, ticket.version);
  const payload = codec.encode(topics.ticketEvents, {
    event_id: eventId,
    type: event,
    ticket_id: ticket.id,
    ticket_version: ticket.version,
    status: ticket.status,
    requester_id: ticket.requesterId,
    owner_id: ticket.ownerId,
    team: ticket.team,
    priority: ticket.priority,
    opened_by: ticket.openedBy,
    message_id: told.messageId,
    clock,
    other_ticket_id: ticket.mergedIntoId ?? ticket.followUpId,
    opened_at: ticket.openedAtMs,
    occurred_at: told.occurredAtMs,
  });
  return { eventId, partition: null, key: ticket.id, payload, headers: told.headers };
}

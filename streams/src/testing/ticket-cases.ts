import { createHash, randomUUID } from 'node:crypto';
import { topics } from '@wallet/schemas';
import type { Codec, InboundRecord, TicketIntent } from '@wallet/schemas';

/** Records of ticket-intents, made here instead of by an edge, one behind the other. */
export function createTicketRecords(codec: Codec) {
  let offset = 0;
  return (intent: Partial<TicketIntent>, headers: Record<string, string> = {}): InboundRecord => {
    const id = intent.intent_id ?? randomUUID();
    const whole: TicketIntent = {
      ...{ intent_id: id, ticket_id: id, caller_id: randomUUID(), actor_role: 'customer' },
      ...{ kind: 'ticket', requester_id: null, subject: 'Where is it?', body: 'My money.' },
      ...{ internal: false, links: [], to: null, reason: null, owner_id: null, team: null },
      ...{ releases_owner: false, priority: null, other_ticket_id: null, amount_minor: 0n },
      payload_hash: createHash('sha256').update(id).digest(),
      accepted_at: Date.now(),
      ...intent,
    };
    const value = codec.encode(topics.ticketIntents, whole);
    const record = { topic: topics.ticketIntents.name, partition: 0, offset, key: whole.ticket_id };
    offset += 1;
    return {
      ...{ ...record, value, timestampMs: Date.now() },
      headers: { traceparent: '00-1-2-01', 'request-id': `request-${offset}`, ...headers },
    };
  };
}

import type { ObjectChange, TicketShelf, TicketStep } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Desk } from '../posting/kind.ts';
import { ticketEventOf } from './ticket-event.ts';

/** Who changes a ticket; `messageId` is what he said with it. */
export type StepCause = {
  readonly actor: Pick<ObjectChange, 'actor' | 'role' | 'reason' | 'requestId' | 'ticketId'>;
  readonly messageId: string | null;
  readonly headers: Record<string, string>;
};

/** Keeps the step: its row, its history and its event join the batch. */
export function applyStep(
  { codec, clock, changes, outbox }: Desk,
  shelf: TicketShelf,
  step: TicketStep,
  cause: StepCause,
): void {
  const { ticket, from, isTimed } = step;
  const { messageId, headers } = isTimed ? { messageId: null, headers: {} } : cause;
  shelf.change(ticket);
  changes.add({
    ...{ object: 'ticket', objectId: ticket.id, version: ticket.version },
    ...{ from, to: ticket.status, ...(isTimed ? actorOfTime(step) : cause.actor) },
    details: messageId === null ? null : { message_id: messageId },
  });
  const told = { messageId, occurredAtMs: clock.nowMs(), headers };
  outbox.add(topics.ticketEvents.name, ticketEventOf(codec, step, told));
}

function actorOfTime({ clock }: TicketStep): StepCause['actor'] {
  const reason = clock === null ? 'deadline' : `${clock}_breached`;
  return { actor: 'timer', role: 'system', reason, requestId: null };
}

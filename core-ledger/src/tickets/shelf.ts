import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { ticketColumns, ticketOf } from './columns.ts';
import type { Ticket } from './ticket.ts';
import { addTicket, createTicketWriting } from './writing.ts';

/** The tickets of a batch: locked in the order of their ids, read and written once. */
export type TicketShelf = {
  reset(): void;
  /** Wants the ticket of that id, if there is one. */
  ask(ticketId: string): void;
  reads(): Statement[];
  open(answers: readonly Answer[]): void;
  /** As the last change left it. */
  get(ticketId: string): Ticket | undefined;
  /** A new ticket or a changed one. */
  change(ticket: Ticket): void;
  statements(): Statement[];
};

/**
 * @param locks `wait` until others let go of the rows; `skip` those that somebody has locked, which
 *   are then not there
 */
export function createTicketShelf(locks: 'wait' | 'skip'): TicketShelf {
  const reading = createBatchStatement({
    name: `lock_tickets_${locks}`,
    text: `select ${ticketColumns} from ticket where id = any($1::uuid[])
      order by id for update${locks === 'skip' ? ' skip locked' : ''}`,
    columns: { id: 'uuid' },
  });
  const writing = createTicketWriting();
  const rows = new Map<string, Ticket>();
  const changed = new Set<string>();
  return {
    reset() {
      reading.reset();
      rows.clear();
      changed.clear();
    },
    ask: (ticketId) => reading.columns.id.add(ticketId),
    reads: () => (reading.count() > 0 ? [reading.statement()] : []),
    open([answer]) {
      for (const row of answer?.rows ?? []) {
        const ticket = ticketOf(row);
        rows.set(ticket.id, ticket);
      }
    },
    get: (ticketId) => rows.get(ticketId),
    change(ticket) {
      rows.set(ticket.id, ticket);
      changed.add(ticket.id);
    },
    statements() {
      if (changed.size === 0) return [];
      writing.reset();
      for (const id of changed) {
        const ticket = rows.get(id);
        if (ticket !== undefined) addTicket(writing, ticket);
      }
      return [writing.statement()];
    },
  };
}

import { catchUp, createTicketShelf, findDueTickets, ticketPolicy } from '@wallet/core-ledger';
import type { Connection, Database, OutboxBatch } from '@wallet/core-ledger';
import type { Desk } from '../posting/kind.ts';
import { applyStep } from './ticket-changes.ts';
import type { StepCause } from './ticket-changes.ts';

/** `claimed` tickets were looked at; to `done` of them time did something. */
export type TicketTimer = (
  limit: number,
) => Promise<{ claimed: number; done: number; batches: readonly OutboxBatch[] }>;

const timer: StepCause = {
  actor: { actor: 'timer', role: 'system' },
  ...{ messageId: null, headers: {} },
};

/**
 * Notes clocks that have run out and ends what waited until its deadline, the oldest first. One
 * transaction a call; any number of them may run at once: a ticket that somebody has locked is left
 * for the next call. The desk is its own.
 * Faults: those of the connection; then nothing changed, or after `commit_unknown` perhaps all.
 */
export function createTicketTimer(deps: {
  connection: Pick<Connection, 'begin'>;
  database: Database;
  desk: Desk;
}): TicketTimer {
  const { connection, database, desk } = deps;
  const { changes, outbox } = desk;
  const shelf = createTicketShelf('skip');
  return async (limit) => {
    const due = await findDueTickets(database.knex, limit);
    const claimed = due.ids.length;
    if (claimed === 0) return { claimed, done: 0, batches: [] };
    for (const writer of [shelf, changes, outbox]) writer.reset();
    for (const id of due.ids) shelf.ask(id);
    const transaction = await connection.begin(shelf.reads());
    try {
      shelf.open(transaction.answers);
      const steps = due.ids.flatMap((id) => {
        const ticket = shelf.get(id);
        return ticket === undefined ? [] : catchUp(ticket, due.nowMs, ticketPolicy);
      });
      if (steps.length === 0) {
        await transaction.rollback();
        return { claimed, done: 0, batches: [] };
      }
      for (const step of steps) applyStep(desk, shelf, step, timer);
      const writes = [...shelf.statements(), ...changes.statements()];
      const answers = await transaction.commit([...writes, ...outbox.statements()]);
      const done = new Set(steps.map(({ ticket }) => ticket.id)).size;
      return { claimed, done, batches: outbox.batchesOf(answers.slice(writes.length)) };
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
}

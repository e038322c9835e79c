import { createBatchInsert, createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { TicketLink } from './policy.ts';

export type WrittenMessage = {
  readonly id: string;
  readonly ticketId: string;
  /** The ticket's, with which it comes. */
  readonly version: number;
  /** Null: the system. */
  readonly authorId: string | null;
  readonly authorRole: string;
  readonly internal: boolean;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly writtenAtMs: number;
};

/** Gathers what is said in tickets and what they are about, for one statement a batch each. */
export type TicketWriter = {
  reset(): void;
  addMessage(message: WrittenMessage): void;
  /** What is linked already stays so. */
  addLink(ticketId: string, link: TicketLink): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

export function createTicketWriter(): TicketWriter {
  const messages = createBatchInsert('ticket_message', {
    ...{ id: 'uuid', ticket_id: 'uuid', version: 'int4', author_id: 'uuid', author_role: 'text' },
    ...{ internal: 'bool', written_at: 'timestamptz', body: 'text' },
  });
  const links = createBatchStatement({
    name: 'insert_ticket_link',
    text: `insert into ticket_link (ticket_id, kind, object_id) select * from $rows
      on conflict do nothing`,
    columns: { ticket_id: 'uuid', kind: 'text', object_id: 'text' },
  });
  return {
    reset() {
      messages.reset();
      links.reset();
    },
    addMessage(message) {
      const { columns } = messages;
      columns.id.add(message.id);
      columns.ticket_id.add(message.ticketId);
      columns.version.add(message.version);
      columns.author_id.add(message.authorId);
      columns.author_role.add(message.authorRole);
      columns.internal.add(message.internal);
      columns.written_at.add(message.writtenAtMs);
      columns.body.add(message.body);
    },
    addLink(ticketId, { kind, id }) {
      links.columns.ticket_id.add(ticketId);
      links.columns.kind.add(kind);
      links.columns.object_id.add(id);
    },
    statements: () =>
      [messages, links]
        .filter((statement) => statement.count() > 0)
        .map((statement) => statement.statement()),
  };
}

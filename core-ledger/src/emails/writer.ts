import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { Email } from './email.ts';

/** Writes what is to go out; keeps the buffers of its statement. */
export type EmailWriter = {
  /** One statement for all; those that exist already stay as they are. Counts the new ones. */
  insert(emails: readonly Email[]): Statement;
};

export function createEmailWriter(): EmailWriter {
  const batch = createBatchStatement({
    name: 'insert_email',
    text: `insert into email
        (recipient_id, id, template, version, data, occurred_at, status, next_at)
      select * from $rows on conflict do nothing`,
    columns: {
      recipient_id: 'uuid',
      id: 'uuid',
      template: 'text',
      version: 'int2',
      data: 'text',
      occurred_at: 'timestamptz',
      status: 'text',
      next_at: 'timestamptz',
    },
  });
  return {
    insert(emails) {
      batch.reset();
      const { columns } = batch;
      for (const email of emails) {
        columns.recipient_id.add(email.recipientId);
        columns.id.add(email.id);
        columns.template.add(email.template);
        columns.version.add(email.version);
        columns.data.add(email.data);
        columns.occurred_at.add(email.occurredAtMs);
        columns.status.add(email.status);
        columns.next_at.add(email.nextAtMs);
      }
      return batch.statement();
    },
  };
}

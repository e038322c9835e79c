import { createBatchStatement } from '../database/statements.ts';
import { ticketClocks } from './clock.ts';
import { nextDueMs } from './steps.ts';
import type { Ticket } from './ticket.ts';

/** What stays as it was in the first row. */
const fixed = ['id', 'requester_id', 'opened_by', 'subject', 'accepted_at', 'follows_id'];

const columns = {
  id: 'uuid',
  requester_id: 'uuid',
  owner_id: 'uuid',
  merged_into_id: 'uuid',
  follows_id: 'uuid',
  follow_up_id: 'uuid',
  accepted_at: 'timestamptz',
  changed_at: 'timestamptz',
  first_responded_at: 'timestamptz',
  resolved_at: 'timestamptz',
  deadline_at: 'timestamptz',
  next_due_at: 'timestamptz',
  first_response_spent_ms: 'int8',
  first_response_running_since: 'timestamptz',
  first_response_due_at: 'timestamptz',
  first_response_breached_at: 'timestamptz',
  update_spent_ms: 'int8',
  update_running_since: 'timestamptz',
  update_due_at: 'timestamptz',
  update_breached_at: 'timestamptz',
  resolution_spent_ms: 'int8',
  resolution_running_since: 'timestamptz',
  resolution_due_at: 'timestamptz',
  resolution_breached_at: 'timestamptz',
  version: 'int4',
  messages: 'int4',
  links: 'int4',
  status: 'text',
  opened_by: 'text',
  priority: 'text',
  team: 'text',
  subject: 'text',
} as const;

/** New rows and changed ones by one statement. */
export function createTicketWriting() {
  const names = Object.keys(columns);
  const changing = names.filter((name) => !fixed.includes(name));
  return createBatchStatement({
    name: 'write_tickets',
    text: `insert into ticket as t (${names.join(', ')}) select * from $rows
      on conflict (id) do update set updated_at = statement_timestamp(),
        ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    columns,
  });
}

type Writing = ReturnType<typeof createTicketWriting>;

export function addTicket({ columns: to }: Writing, ticket: Ticket): void {
  to.id.add(ticket.id);
  to.requester_id.add(ticket.requesterId);
  to.owner_id.add(ticket.ownerId);
  to.merged_into_id.add(ticket.mergedIntoId);
  to.follows_id.add(ticket.followsId);
  to.follow_up_id.add(ticket.followUpId);
  to.accepted_at.add(ticket.openedAtMs);
  to.changed_at.add(ticket.changedAtMs);
  to.first_responded_at.add(ticket.firstRespondedAtMs);
  to.resolved_at.add(ticket.resolvedAtMs);
  to.deadline_at.add(ticket.deadlineAtMs);
  to.next_due_at.add(nextDueMs(ticket));
  for (const name of ticketClocks) {
    const clock = ticket.clocks[name];
    to[`${name}_spent_ms`].add(BigInt(clock.spentMs));
    to[`${name}_running_since`].add(clock.runningSinceMs);
    to[`${name}_due_at`].add(clock.dueAtMs);
    to[`${name}_breached_at`].add(clock.breachedAtMs);
  }
  to.version.add(ticket.version);
  to.messages.add(ticket.messages);
  to.links.add(ticket.links);
  to.status.add(ticket.status);
  to.opened_by.add(ticket.openedBy);
  to.priority.add(ticket.priority);
  to.team.add(ticket.team);
  to.subject.add(ticket.subject);
}

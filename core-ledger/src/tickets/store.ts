import type { Queryable } from '../database/database.ts';
import type { ChangedObject } from '../changes/change.ts';
import { ticketColumns, ticketOf } from './columns.ts';
import type { TicketLink, TicketPriority, TicketTeam } from './policy.ts';
import type { Ticket, TicketStatus } from './ticket.ts';

/** A ticket as it is read, with what it is about; its id is its intent's id. */
export type TicketView = Ticket & {
  readonly about: readonly TicketLink[];
  readonly updatedAt: Date;
};

/** One ticket, or null when it has not been opened yet (or never was). */
export async function findTicket(db: Queryable, id: string): Promise<TicketView | null> {
  const [found] = await readTickets(db, 'id = :id::uuid', { id });
  return found ?? null;
}

export type TicketPage = {
  /** Whose; null is everybody's. */
  readonly requesterId: string | null;
  readonly status: TicketStatus | null;
  readonly team: TicketTeam | null;
  readonly priority: TicketPriority | null;
  readonly ownerId: string | null;
  /** Only tickets about this object. */
  readonly aboutId: string | null;
  readonly limit: number;
  /** Where the page before ended. */
  readonly before: { readonly atMs: number; readonly id: string } | null;
};

/** One page of tickets, newest first. */
export async function listTickets(db: Queryable, page: TicketPage): Promise<TicketView[]> {
  const { requesterId, status, team, priority, ownerId, aboutId, limit, before } = page;
  const conditions: Record<string, string> = {
    ...(requesterId === null ? {} : { requesterId: 'requester_id = :requesterId::uuid' }),
    ...(status === null ? {} : { status: 'status = :status' }),
    ...(team === null ? {} : { team: 'team = :team' }),
    ...(priority === null ? {} : { priority: 'priority = :priority' }),
    ...(ownerId === null ? {} : { ownerId: 'owner_id = :ownerId::uuid' }),
    ...(aboutId === null
      ? {}
      : { aboutId: 'id in (select ticket_id from ticket_link where object_id = :aboutId)' }),
    ...(before === null
      ? {}
      : { before: '(accepted_at, id) < (to_timestamp(:atMs / 1000.0), :id::uuid)' }),
  };
  const where = ['true', ...Object.values(conditions)].join(' and ');
  const given = { requesterId, status, team, priority, ownerId, aboutId, ...before, limit };
  const bindings = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string | number] => entry[1] !== null),
  );
  return readTickets(db, `${where} order by accepted_at desc, id desc limit :limit`, bindings);
}

async function readTickets(
  db: Queryable,
  where: string,
  bindings: Record<string, string | number>,
): Promise<TicketView[]> {
  const found = await db.raw<{ rows: { of: string[]; about: TicketLink[]; updated_at: Date }[] }>(
    `select array[${textColumns}] as of, updated_at,
       coalesce((select jsonb_agg(jsonb_build_object('kind', kind, 'id', object_id)
         order by linked_at, kind, object_id) from ticket_link l where l.ticket_id = ticket.id),
         '[]') as about
     from ticket where ${where}`,
    bindings,
  );
  return found.rows.map(({ of, about, updated_at: updatedAt }) => ({
    ...{ ...ticketOf(of), about, updatedAt },
  }));
}

/** One array of texts, in the order in which `ticketOf` reads them. */
const textColumns = ticketColumns
  .split(/,(?![^(]*\))/)
  .map((column) => `(${column.trim()})::text`)
  .join(', ');

export type TicketMessageView = {
  readonly id: string;
  readonly version: number;
  readonly authorId: string | null;
  readonly authorRole: string;
  readonly internal: boolean;
  readonly body: string;
  readonly writtenAt: Date;
};

/** What was said, newest first, up to a version of the ticket. */
export async function listTicketMessages(
  db: Queryable,
  ticketId: string,
  page: { withInternal: boolean; beforeVersion: number | null; limit: number },
): Promise<TicketMessageView[]> {
  const found = await db.raw<{ rows: MessageRow[] }>(
    `select id, version, author_id, author_role, internal, body, written_at from ticket_message
     where ticket_id = ?::uuid and version < ? and (not internal or ?)
     order by version desc limit ?`,
    [ticketId, page.beforeVersion ?? 2 ** 31 - 1, page.withInternal, page.limit],
  );
  return found.rows.map((row) => ({
    ...{ id: row.id, version: row.version, authorId: row.author_id, authorRole: row.author_role },
    ...{ internal: row.internal, body: row.body, writtenAt: row.written_at },
  }));
}

type MessageRow = {
  id: string;
  version: number;
  author_id: string | null;
  author_role: string;
  internal: boolean;
  body: string;
  written_at: Date;
};

/** Something that a member of staff did from a ticket, as the history of its object has it. */
export type TicketDeed = {
  readonly at: Date;
  readonly object: ChangedObject;
  readonly objectId: string;
  readonly to: string;
  readonly actor: string;
  readonly role: string;
  readonly reason: string | null;
};

/** The last `limit` things done from a ticket, newest first. */
export async function listTicketDeeds(
  db: Queryable,
  ticketId: string,
  limit: number,
): Promise<TicketDeed[]> {
  const found = await db.raw<{ rows: (Omit<TicketDeed, 'objectId' | 'to'> & DeedRow)[] }>(
    `select at, object, object_id, to_status, actor, role, reason from object_change
     where ticket_id = ?::uuid order by at desc, object_id limit ?`,
    [ticketId, limit],
  );
  return found.rows.map(({ object_id: objectId, to_status: to, ...rest }) => ({
    ...{ ...rest, objectId, to },
  }));
}

type DeedRow = { object_id: string; to_status: string };

/** Tickets for which time has come by the database's clock, the only one that counts. */
export type DueTickets = { readonly nowMs: number; readonly ids: readonly string[] };

/** How many they are, and since when the oldest is due, as SQL. */
export const overdueTickets = `select 'tickets', count(*),
    extract(epoch from min(next_due_at)) * 1000
  from ticket where next_due_at < statement_timestamp()`;

/** The oldest `limit` of them; locks nothing. */
export async function findDueTickets(db: Queryable, limit: number): Promise<DueTickets> {
  const found = await db.raw<{ rows: { id: string; now_ms: string }[] }>(
    `select id, floor(extract(epoch from statement_timestamp()) * 1000)::int8 as now_ms
     from ticket where next_due_at < statement_timestamp() order by next_due_at limit ?`,
    [limit],
  );
  const ids = found.rows.map(({ id }) => id);
  return { nowMs: Number(found.rows[0]?.now_ms ?? 0), ids };
}

import type { HistoryRow } from '@wallet/core-ledger';
import { z } from 'zod';
import type { Answer } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, type Page } from '../http/fields.ts';
import { refuseField } from '../problems.ts';

const roles = [
  ...['customer', 'merchant', 'analyst', 'support', 'operator', 'admin', 'service', 'system'],
] as const;

/** One change of state, of whatever noun. */
const historyRowSchema = z
  .strictObject({
    at: fields.time(),
    from: fields.word('screening').nullable(),
    to: fields.word('captured'),
    actor: fields
      .word('settlement')
      .meta({ description: 'The id of a user, or the part of the system that acted.' }),
    role: z.enum(roles),
    reason: fields.text(500).nullable().meta({ example: 'insufficient_funds' }),
    request_id: fields.text(100).nullable().meta({ example: '9f2c41d07ab3-1a' }),
    ticket_id: fields
      .id()
      .nullable()
      .meta({ description: 'The ticket from which a member of staff did it.' }),
  })
  .meta({ id: 'HistoryRow' });

export const historyPageSchema = pageOf(historyRowSchema, 'HistoryPage');

export function shownHistoryRow(row: HistoryRow): z.output<typeof historyRowSchema> {
  const { at, from, to, actor, role, reason, requestId, ticketId } = row;
  return {
    ...{ at: at.toISOString(), from, to, actor, role, reason },
    ...{ request_id: requestId, ticket_id: ticketId },
  };
}

/**
 * A page of an object's history, newest first. Rows are only ever added behind the last, so that a
 * position among the oldest stays what it is.
 * @param rows oldest first
 */
export function historyPage(
  cursors: Cursors,
  options: { objectId: string; rows: readonly HistoryRow[]; page: Page },
): Answer {
  const { objectId, rows, page } = options;
  const scope = `history|${objectId}`;
  const after = page.cursor === undefined ? rows.length : cursors.open(scope, page.cursor);
  if (typeof after !== 'number') return refuseField('invalid_cursor', '/cursor');
  const start = Math.max(0, after - page.limit);
  return {
    status: 200,
    body: {
      data: rows.slice(start, after).reverse().map(shownHistoryRow),
      next_cursor: start === 0 ? null : cursors.seal(scope, start),
    },
  };
}

import { findAction, listBankLines, type BankLineView, type Database } from '@wallet/core-ledger';
import { z } from 'zod';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse } from '../problems.ts';

const lineSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('bank_line'),
    bank_reference: fields.text(140),
    direction: z.enum(['debit', 'credit']),
    amount_minor: fields.shownAmount(),
    currency: fields.shownCurrency(),
    reference: fields.text(140).nullable(),
    outcome: z.enum(['matched', 'under', 'over', 'wrong_currency', 'unknown']),
    settlement_id: fields.id().nullable().meta({ description: 'That its reference names.' }),
    unplaced_minor: fields.shownAmount().meta({ description: 'Of it, what is in suspense.' }),
    imported_at: fields.time(),
  })
  .meta({ id: 'BankLine' });

/** What the lines of a statement meant. */
export function bankLineRoutes(
  route: Route,
  { db, cursors }: { db: Database; cursors: Cursors },
): void {
  route({
    ...{ method: 'get', path: '/bank-statements/{id}/lines', idempotent: false },
    ...{ tag: 'settlements', scope: 'settlements:operate' },
    summary: 'See what the lines of a statement meant',
    description: 'Those that came with it, once it is imported; not those that were known before.',
    params: z.object({ id: fields.id() }),
    query: pageQuery,
    responses: { 200: { description: 'A page.', schema: pageOf(lineSchema, 'BankLinePage') } },
    errors: ['invalid_cursor'],
    async handler({ params, query: page }) {
      const id = params.id.toLowerCase();
      const imported = await findAction(db.knex, id);
      if (imported?.noun !== 'bank_statement') return refuse('not_found');
      return answerPage(cursors, {
        ...{ scope: `bank lines|${id}`, page, shown: shownLine },
        positionOf: ({ bankReference, currency }) => ({ bankReference, currency }),
        load: (after, limit) => listBankLines(db.knex, id, { limit, after }),
      });
    },
  });
}

function shownLine(line: BankLineView): z.output<typeof lineSchema> {
  return {
    ...{ id: line.id, object: 'bank_line', bank_reference: line.bankReference },
    ...{ direction: line.direction, amount_minor: Number(line.amountMinor) },
    ...{ currency: line.currency, reference: line.reference, outcome: line.outcome },
    ...{ settlement_id: line.settlementId, unplaced_minor: Number(line.unplacedMinor) },
    imported_at: line.importedAt.toISOString(),
  };
}

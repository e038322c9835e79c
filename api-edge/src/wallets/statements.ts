import {
  findWalletViews,
  listEntries,
  openWalletStatement,
  readWalletEntries,
  type Database,
  type EntryCursor,
} from '@wallet/core-ledger';
import { z } from 'zod';
import { isRefusal, type Answer, type Call, type Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery, type Page } from '../http/fields.ts';
import { fromOf, periodQuery, toOf } from '../http/period.ts';
import type { Route } from '../http/route.ts';
import type { StreamPlaces } from '../http/streams.ts';
import { refuse, refuseField } from '../problems.ts';
import { entrySchema, shownEntry } from './entry.ts';
import { statementForms, statementSchema } from './statement-forms.ts';

export type StatementDependencies = { db: Database; cursors: Cursors; streams: StreamPlaces };

const walletParams = z.object({ id: fields.id() });
const statementQuery = z.strictObject(periodQuery);
const [, ...otherTypes] = Object.keys(statementForms);
const read = { tag: 'wallets', scope: 'wallets:read', idempotent: false } as const;

/** What moved on a wallet: page by page, or of a period with its balances. */
export function statementRoutes(route: Route, dependencies: StatementDependencies): void {
  route({
    ...read,
    method: 'get',
    path: '/wallets/{id}/entries',
    summary: 'List what moved on a wallet',
    description: 'Every entry on its accounts with the balance of the whole wallet, newest first.',
    params: walletParams,
    query: pageQuery,
    responses: { 200: { description: 'A page.', schema: pageOf(entrySchema, 'EntryPage') } },
    errors: ['wallet_not_found', 'invalid_cursor'],
    handler: ({ caller, params, query }) => listOwnEntries(dependencies, caller, params.id, query),
  });
  route({
    ...read,
    method: 'get',
    path: '/wallets/{id}/statement',
    summary: 'Get the statement of a wallet',
    description:
      'Of what was posted in [`from`, `to`), from the first day until now where they are left ' +
      'out: as JSON, CSV or camt.053.001.08 of ISO 20022, as `Accept` says. The wallet of a ' +
      'merchant has several accounts: all their entries are listed, so that money which becomes ' +
      'available is there twice, and the balances are of all of them together.',
    params: walletParams,
    query: statementQuery,
    responses: {
      200: { description: 'The statement.', schema: statementSchema, texts: otherTypes },
    },
    errors: [
      ...(['wallet_not_found', 'invalid_period', 'period_archived'] as const),
      ...(['not_acceptable', 'too_many_streams'] as const),
    ],
    handler: (call) => writeStatement(dependencies, call),
  });
}

async function listOwnEntries(
  { db, cursors }: StatementDependencies,
  caller: Caller,
  walletId: string,
  page: Page,
): Promise<Answer> {
  if ((await openedAt(db, caller, walletId)) === null) return refuse('wallet_not_found');
  const scope = `entries|${walletId}`;
  const after = page.cursor === undefined ? null : cursors.open(scope, page.cursor);
  if (after === undefined) return refuseField('invalid_cursor', '/cursor');
  const { entries, next } = await listEntries(db.knex, {
    walletId,
    limit: page.limit,
    after: after as EntryCursor | null,
  });
  return {
    status: 200,
    body: {
      data: entries.map(shownEntry),
      next_cursor: next === null ? null : cursors.seal(scope, next),
    },
  };
}

type StatementCall = Call<
  undefined,
  z.output<typeof statementQuery>,
  z.output<typeof walletParams>
>;

/**
 * The balances are read and checked before the answer begins; the entries follow page by page, as
 * fast as the client takes them.
 */
async function writeStatement(
  { db, streams }: StatementDependencies,
  { caller, params, query, prefers }: StatementCall,
): Promise<Answer> {
  const openedOn = await openedAt(db, caller, params.id);
  if (openedOn === null) return refuse('wallet_not_found');
  const type = prefers(Object.keys(statementForms) as (keyof typeof statementForms)[]);
  if (type === null) return refuse('not_acceptable');
  const from = query.from === undefined ? openedOn : fromOf(query.from);
  const to = query.to === undefined ? new Date() : toOf(query.to);
  const opened = await openWalletStatement(db.knex, { walletId: params.id, from, to });
  if (!opened.ok) {
    return opened.reason === 'invalid_period'
      ? refuseField('invalid_period', '/to')
      : opened.reason === 'archived'
        ? refuseField('period_archived', '/from')
        : refuse('wallet_not_found');
  }
  const place = streams.take(caller.userId);
  if (isRefusal(place)) return place;
  const { statement } = opened;
  return {
    status: 200,
    headers: { 'Content-Type': `${type}; charset=utf-8` },
    stream(gone) {
      gone.addEventListener('abort', place.leave);
      if (gone.aborted) place.leave();
      return statementForms[type](statement, readWalletEntries(db.knex, statement));
    },
  };
}

/** When the caller's wallet was opened; null when it is not his, or not there. */
async function openedAt(db: Database, caller: Caller, id: string): Promise<Date | null> {
  const [wallet] = await findWalletViews(db.knex, [id]);
  return wallet?.ownerId === caller.userId ? wallet.createdAt : null;
}

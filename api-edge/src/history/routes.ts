import { findChanges, type Database } from '@wallet/core-ledger';
import type { DisputeIntent, RefundIntent, SettlementIntent, WalletIntent } from '@wallet/schemas';
import { z } from 'zod';
import type { ShownDispute } from '../disputes/dispute.ts';
import type { Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageQuery } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { IntentKind } from '../intents/intent-noun.ts';
import type { Show } from '../intents/show.ts';
import type { RefundShown } from '../refunds/refund.ts';
import type { SettlementShown } from '../settlements/settlement.ts';
import type { TopUp } from '../top-ups/top-up.ts';
import type { Withdrawal } from '../withdrawals/withdrawal.ts';
import { historyPage, historyPageSchema } from './history.ts';

export type HistoryDependencies = {
  db: Database;
  cursors: Cursors;
  show: Show;
  refunds: IntentKind<RefundIntent, RefundShown>;
  disputes: IntentKind<DisputeIntent, ShownDispute>;
  withdrawals: IntentKind<WalletIntent, Withdrawal>;
  topUps: IntentKind<WalletIntent, TopUp>;
  settlements: IntentKind<SettlementIntent, SettlementShown>;
};

/** What happened to an object, for whoever may see the object. */
export function historyRoutes(route: Route, dependencies: HistoryDependencies): void {
  const { db, cursors, show, refunds, disputes, withdrawals, topUps, settlements } = dependencies;
  const historyOf = (what: string, noun: Noun, see: See): void =>
    route({
      ...{ method: 'get', path: `/${noun}/{id}/history`, tag: noun, scope: `${noun}:read` },
      idempotent: false,
      summary: `See what happened to ${what}`,
      description: 'Every change, newest first: when, from what to what, by whom, why.',
      params: z.object({ id: fields.id() }),
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: historyPageSchema } },
      errors: ['invalid_cursor', 'state_unavailable'],
      async handler({ caller, params, query: page }) {
        const shown = await see(caller, params.id);
        if ('problem' in shown) return shown;
        const objectId = params.id.toLowerCase();
        const rows = await findChanges(db.knex, objectId);
        return historyPage(cursors, { objectId, rows, page });
      },
    });
  historyOf('a refund', 'refunds', (caller, id) => show(caller, refunds, id));
  historyOf('a dispute', 'disputes', (caller, id) => show(caller, disputes, id));
  historyOf('a withdrawal', 'withdrawals', (caller, id) => show(caller, withdrawals, id));
  historyOf('a top-up', 'top-ups', (caller, id) => show(caller, topUps, id));
  historyOf('a settlement', 'settlements', (caller, id) => show(caller, settlements, id));
}

type Noun = 'refunds' | 'disputes' | 'withdrawals' | 'top-ups' | 'settlements';
/** The object as its caller may see it, or why not. */
type See = (caller: Caller, id: string) => ReturnType<Show>;

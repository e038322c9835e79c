import {
  findChanges,
  findWalletViews,
  setWalletStatus,
  setWalletTier,
  type Database,
  type OrderRefusal,
  type WalletOrder,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageQuery } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { historyPage, historyPageSchema } from '../history/history.ts';
import { refuse, refuseField, type ProblemCode } from '../problems.ts';
import type { Standings } from './standing.ts';
import { shownWallet, walletSchema } from './wallet.ts';

export type WalletControlDependencies = { db: Database; cursors: Cursors; standings: Standings };

const reason = fields.text(500).meta({ description: 'Kept in the history of the wallet.' });
const walletParams = z.object({ id: fields.id() });
const walletOrder = z.strictObject({ reason }).meta({ id: 'WalletOrder' });
const changed = { 200: { description: 'The wallet as it is now.', schema: walletSchema } };

const operation = {
  tag: 'wallets',
  scope: 'wallets:control',
  idempotent: false,
  params: walletParams,
  responses: changed,
} as const;

const states = [
  {
    path: '/wallets/{id}/freeze',
    status: 'frozen',
    summary: 'Freeze a wallet',
    description: 'Money still comes in; nothing goes out that its owner decides.',
    errors: ['wallet_not_found', 'account_closed'],
  },
  {
    path: '/wallets/{id}/unfreeze',
    status: 'active',
    summary: 'Release a frozen wallet',
    description: 'All is as it was before.',
    errors: ['wallet_not_found', 'account_closed'],
  },
  {
    path: '/wallets/{id}/close',
    status: 'closed',
    summary: 'Close a wallet for ever',
    description: 'Only with a balance of nothing and nothing held.',
    errors: ['wallet_not_found', 'balance_not_zero', 'funds_held'],
  },
] as const;

/** What operators do to wallets. What a wallet is already it becomes without a trace. */
export function walletControlRoutes(route: Route, dependencies: WalletControlDependencies): void {
  const { db, cursors, standings } = dependencies;
  for (const { status, ...words } of states) {
    route({
      ...{ ...operation, ...words, method: 'post', body: walletOrder },
      handler: async (call) => {
        const order = orderOf(call, call.params.id, call.body.reason);
        const done = await setWalletStatus(db.knex, { ...order, status });
        if (done.ok) await standings.refresh();
        return done.ok ? show(db, order.walletId) : refuseOrder(done.reason);
      },
    });
  }
  route({
    ...{ ...operation, method: 'put', path: '/wallets/{id}/tier' },
    summary: 'Put a wallet under the limits of a tier, or under none',
    body: z
      .strictObject({ tier: fields.word('basic').nullable(), reason })
      .meta({ id: 'TierOrder' }),
    errors: ['wallet_not_found', 'account_closed', 'unknown_tier'],
    handler: async (call) => {
      const order = orderOf(call, call.params.id, call.body.reason);
      const done = await setWalletTier(db.knex, { ...order, tier: call.body.tier });
      return done.ok ? show(db, order.walletId) : refuseOrder(done.reason);
    },
  });
  route({
    method: 'get',
    path: '/wallets/{id}/history',
    tag: 'wallets',
    summary: 'See what was decided about a wallet',
    scope: 'wallets:audit',
    idempotent: false,
    params: walletParams,
    query: pageQuery,
    responses: { 200: { description: 'A page.', schema: historyPageSchema } },
    errors: ['wallet_not_found', 'invalid_cursor'],
    handler: async ({ params, query }) => {
      const [wallet] = await findWalletViews(db.knex, [params.id]);
      if (wallet === undefined) return refuse('wallet_not_found');
      const rows = await findChanges(db.knex, wallet.id);
      return historyPage(cursors, { objectId: wallet.id, rows, page: query });
    },
  });
}

/** What a member of staff orders for a wallet, as it is kept. */
export function orderOf(
  { caller, requestId }: { caller: Caller; requestId: string },
  walletId: string,
  why: string,
): WalletOrder {
  const { userId: actor, role } = caller;
  return { walletId: walletId.toLowerCase(), actor, role, reason: why, requestId };
}

async function show(db: Database, walletId: string): Promise<Answer> {
  const [wallet] = await findWalletViews(db.knex, [walletId]);
  if (wallet === undefined) return refuse('wallet_not_found');
  return { status: 200, body: shownWallet(wallet) };
}

const problemOf: Readonly<Record<OrderRefusal, ProblemCode>> = {
  unknown_wallet: 'wallet_not_found',
  account_closed: 'account_closed',
  balance_not_zero: 'balance_not_zero',
  funds_held: 'funds_held',
  unknown_tier: 'unknown_tier',
};

function refuseOrder(why: OrderRefusal): Answer {
  return why === 'unknown_tier' ? refuseField('unknown_tier', '/tier') : refuse(problemOf[why]);
}

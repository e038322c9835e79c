import {
  findWalletViews,
  openWallets,
  walletViewsOfOwner,
  type Database,
  type WalletView,
} from '@wallet/core-ledger';
import { v4 as uuidv4 } from 'uuid';
import { z } from 'zod';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery, type Page } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField } from '../problems.ts';
import { shownWallet, walletSchema } from './wallet.ts';

export type WalletDependencies = { db: Database; cursors: Cursors };

const walletRequest = z.strictObject({ currency: fields.currency() }).meta({ id: 'WalletRequest' });
const walletParams = z.object({ id: fields.id() });
const tag = 'wallets';

/** Wallets and their balances. */
export function walletRoutes(route: Route, { db, cursors }: WalletDependencies): void {
  route({
    method: 'post',
    path: '/wallets',
    tag,
    summary: 'Open a wallet',
    scope: 'wallets:write',
    idempotent: false,
    body: walletRequest,
    responses: {
      201: { description: 'The new wallet.', schema: walletSchema, headers: ['Location'] },
    },
    errors: ['unsupported_currency'],
    handler: ({ caller, body }) => openWallet(db, caller, body.currency),
  });
  route({
    method: 'get',
    path: '/wallets',
    tag,
    summary: 'List your wallets',
    description: 'Each with its balances and the accounts they are the sums of, newest first.',
    scope: 'wallets:read',
    idempotent: false,
    query: pageQuery,
    responses: {
      200: { description: 'A page.', schema: pageOf(walletSchema, 'WalletPage') },
    },
    errors: ['invalid_cursor'],
    handler: ({ caller, query }) => listWallets({ db, cursors }, caller, query),
  });
  route({
    method: 'get',
    path: '/wallets/{id}',
    tag,
    summary: 'See a wallet',
    scope: 'wallets:read',
    idempotent: false,
    params: walletParams,
    responses: { 200: { description: 'The wallet.', schema: walletSchema } },
    errors: ['wallet_not_found'],
    async handler({ caller, params }) {
      const wallet = await findOwnWallet(db, caller, params.id);
      return wallet === null
        ? refuse('wallet_not_found')
        : { status: 200, body: shownWallet(wallet) };
    },
  });
}

async function openWallet(db: Database, caller: Caller, currency: string): Promise<Answer> {
  const id = uuidv4();
  const kind = caller.role === 'merchant' ? 'merchant' : 'customer';
  await db.knex.transaction((trx) =>
    openWallets(trx, [{ id, ownerId: caller.userId, kind, currency }]),
  );
  const wallet = await findOwnWallet(db, caller, id);
  if (wallet === null) return refuse('unavailable');
  return { status: 201, body: shownWallet(wallet), headers: { Location: `/wallets/${id}` } };
}

async function findOwnWallet(db: Database, caller: Caller, id: string): Promise<WalletView | null> {
  const [wallet] = await findWalletViews(db.knex, [id]);
  return wallet?.ownerId === caller.userId ? wallet : null;
}

async function listWallets(
  { db, cursors }: WalletDependencies,
  caller: Caller,
  page: Page,
): Promise<Answer> {
  const scope = `wallets|${caller.userId}`;
  const newestFirst = (await walletViewsOfOwner(db.knex, caller.userId)).reverse();
  let start = 0;
  if (page.cursor !== undefined) {
    const after = cursors.open(scope, page.cursor);
    start = newestFirst.findIndex(({ id }) => id === after) + 1;
    if (start === 0) return refuseField('invalid_cursor', '/cursor');
  }
  const shown = newestFirst.slice(start, start + page.limit);
  const last = shown.at(-1);
  const more = last !== undefined && start + shown.length < newestFirst.length;
  return {
    status: 200,
    body: { data: shown.map(shownWallet), next_cursor: more ? cursors.seal(scope, last.id) : null },
  };
}

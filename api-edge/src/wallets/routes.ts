import {
  findWalletViews,
  listEntries,
  openWallets,
  walletViewsOfOwner,
  type Database,
  type EntryCursor,
  type EntryView,
  type WalletView,
} from '@wallet/core-ledger';
import { v4 as uuidv4 } from 'uuid';
import { z } from 'zod';
import type { Answer, Caller } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse, refuseField } from '../problems.ts';

export type WalletDependencies = { db: Database; cursors: Cursors };

const walletSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('wallet'),
    status: z.enum(['active', 'frozen', 'closed']),
    kind: z.enum(['customer', 'merchant']),
    currency: fields.shownCurrency(),
    balance_minor: fields.shownAmount(),
    held_minor: fields.shownAmount(),
    available_minor: fields.shownAmount(),
    pending_minor: fields.shownAmount(),
    version: z.int().meta({ description: 'How many entries the wallet has.' }),
    created_at: fields.time(),
  })
  .meta({ id: 'Wallet' });

const entrySchema = z
  .strictObject({
    entry_id: fields.word('1042-7'),
    transfer_id: fields.id(),
    kind: fields.word('capture'),
    amount_minor: fields.shownAmount(),
    balance_after_minor: fields.shownAmount(),
    posted_at: fields.time(),
    description: fields.text(500).nullable(),
    payment_id: fields.id().nullable(),
  })
  .meta({ id: 'Entry' });

const walletRequest = z.strictObject({ currency: fields.currency() }).meta({ id: 'WalletRequest' });
const walletParams = z.object({ id: fields.id() });
const tag = 'wallets';

/** Wallets and what moved on them. */
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
  entryRoutes(route, { db, cursors });
}

function entryRoutes(route: Route, { db, cursors }: WalletDependencies): void {
  route({
    method: 'get',
    path: '/wallets/{id}/entries',
    tag,
    summary: 'List what moved on a wallet',
    scope: 'wallets:read',
    idempotent: false,
    params: walletParams,
    query: pageQuery,
    responses: { 200: { description: 'A page.', schema: pageOf(entrySchema, 'EntryPage') } },
    errors: ['wallet_not_found', 'invalid_cursor'],
    handler: ({ caller, params, query }) =>
      listOwnEntries({ db, cursors }, caller, params.id, query),
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

type Page = z.output<typeof pageQuery>;

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

async function listOwnEntries(
  { db, cursors }: WalletDependencies,
  caller: Caller,
  walletId: string,
  page: Page,
): Promise<Answer> {
  if ((await findOwnWallet(db, caller, walletId)) === null) return refuse('wallet_not_found');
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

function shownWallet(wallet: WalletView): z.output<typeof walletSchema> {
  return {
    id: wallet.id,
    object: 'wallet',
    status: wallet.status,
    kind: wallet.kind,
    currency: wallet.currency,
    balance_minor: Number(wallet.balanceMinor),
    held_minor: Number(wallet.heldMinor),
    available_minor: Number(wallet.availableMinor),
    pending_minor: Number(wallet.pendingMinor),
    version: Number(wallet.version),
    created_at: wallet.createdAt.toISOString(),
  };
}

function shownEntry(entry: EntryView): z.output<typeof entrySchema> {
  return {
    entry_id: entry.entryId,
    transfer_id: entry.transferId,
    kind: entry.kind,
    amount_minor: Number(entry.amountMinor),
    balance_after_minor: Number(entry.balanceAfterMinor),
    posted_at: entry.postedAt.toISOString(),
    description: entry.description,
    payment_id: entry.paymentId,
  };
}

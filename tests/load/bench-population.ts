import { randomUUID } from 'node:crypto';
import type { Mint } from '@wallet/api-edge/testing';
import {
  deriveId,
  findWallets,
  openWallets,
  payingAccountOf,
  post,
  putListEntries,
  type LedgerItem,
  type Database,
  type WalletToOpen,
} from '@wallet/core-ledger';
import type { Client } from './protocol.ts';

export type Population = { clients: Client[]; merchants: Client[]; payees: string[] };

const customerCount = 4_000;
const merchantCount = 500;
const openingMinor = 100_000_000_000n;
const chunkSize = 500;

/**
 * Customers with money and tokens, and merchants, written straight through the ledger: the bench
 * measures payments, not enrolment. Payers are on the list of trusted ones, so that every payment
 * takes the whole way to captured; the counters are kept for all of them.
 */
export async function createPopulation(
  database: Database,
  mint: Mint,
  lifetimeSeconds: number,
): Promise<Population> {
  const customers = walletsOf('customer', customerCount);
  const merchants = walletsOf('merchant', merchantCount);
  await database.knex.transaction((trx) => openWallets(trx, [...customers, ...merchants]));
  for (let at = 0; at < customers.length; at += chunkSize)
    await fund(database, customers.slice(at, at + chunkSize));
  await putListEntries(
    database,
    customers.map(({ ownerId }) => ({ list: 'trusted', value: ownerId, reason: 'bench' })),
  );
  const clients = await logIn(database, mint, customers, lifetimeSeconds);
  const shops = await logIn(database, mint, merchants, lifetimeSeconds);
  // Seven of ten payments are purchases, the others go from customer to customer.
  const payees = [
    ...Array.from({ length: 14 }, () => merchants).flat(),
    ...customers.slice(0, 3_000),
  ].map(({ id }) => id);
  return { clients, merchants: shops, payees };
}

function walletsOf(kind: 'customer' | 'merchant', count: number): WalletToOpen[] {
  return Array.from({ length: count }, () => ({
    ...{ id: randomUUID(), ownerId: randomUUID(), kind, currency: 'USD' },
  }));
}

/** Users with a session each, without the cost of four thousand password hashes. */
async function logIn(
  database: Database,
  mint: Mint,
  wallets: readonly WalletToOpen[],
  lifetimeSeconds: number,
): Promise<Client[]> {
  const sessions = wallets.map(() => randomUUID());
  const users = wallets.map(({ ownerId }) => ownerId);
  await database.knex.raw(
    `insert into app_user (id, role, password_hash)
     select id, role, '-' from unnest(?::uuid[], ?::text[]) as user_of(id, role)`,
    [users, wallets.map(({ kind }) => kind)],
  );
  await database.knex.raw(
    `insert into session (id, user_id, expires_at)
     select id, user_id, now() + make_interval(secs => ?)
     from unnest(?::uuid[], ?::uuid[]) as s(id, user_id)`,
    [lifetimeSeconds, sessions, users],
  );
  const clients = wallets.map(async ({ id, ownerId, kind: role }, index) => ({
    walletId: id,
    token: await mint({ id: sessions[index] ?? '', userId: ownerId, role }),
  }));
  return Promise.all(clients);
}

async function fund(database: Database, wallets: readonly WalletToOpen[]): Promise<void> {
  const facts = await findWallets(
    database.knex,
    wallets.map(({ id }) => id),
  );
  const items = [...facts.values()].map((wallet): LedgerItem => {
    const intentId = randomUUID();
    const { external } = wallet.platform;
    const accountId = payingAccountOf(wallet);
    return {
      type: 'transfer',
      id: deriveId(Date.now(), intentId, 'top_up'),
      kind: 'top_up',
      paymentId: null,
      intentId,
      legs: [
        { accountId: external, amountMinor: -openingMinor, currency: 'USD' },
        { accountId, amountMinor: openingMinor, currency: 'USD' },
      ],
    };
  });
  const refused = (await post(database.knex, items)).filter((result) => !result.ok);
  if (refused.length > 0) throw new Error(`funding was refused: ${JSON.stringify(refused[0])}`);
}

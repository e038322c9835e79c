import { randomUUID } from 'node:crypto';
import { insertUser, type Database, type UserRole, type Vault } from '@wallet/core-ledger';
import type { ApiClient } from './api-client.ts';

export type TestUser = { id: string; email: string; walletId: string; token: string };

export const testPassword = 'a test password';

/** A new user with one wallet, logged in. */
export async function newUser(
  api: ApiClient,
  kind: 'customer' | 'merchant' = 'customer',
  currency = 'USD',
): Promise<TestUser> {
  const email = `${kind}-${randomUUID()}@wallet.test`;
  const json = { email, password: testPassword, name: 'A Test', kind, currency };
  const { status, body, text } = await api.call('POST', '/register', { json });
  if (status !== 201) throw new Error(`registering failed: ${text}`);
  return {
    id: body.user_id as string,
    email,
    walletId: body.wallet_id as string,
    token: await logIn(api, email),
  };
}

/** A user of a role nobody can register for. `passwordOf` is a user whose password it shares. */
export async function newUserOfRole(
  api: ApiClient,
  { db, vault }: { db: Database; vault: Vault },
  role: UserRole,
  passwordOf: TestUser,
): Promise<{ id: string; token: string }> {
  const [row] = await db
    .knex<{ id: string; password_hash: string }>('app_user')
    .where({ id: passwordOf.id })
    .select('password_hash');
  const id = randomUUID();
  const email = `${role}-${id}@wallet.test`;
  await insertUser(db.knex, vault, {
    id,
    email,
    name: role,
    role,
    passwordHash: row?.password_hash ?? '',
  });
  return { id, token: await logIn(api, email) };
}

/** The access token of a new session. */
async function logIn(api: ApiClient, email: string): Promise<string> {
  const { body } = await api.call('POST', '/login', { json: { email, password: testPassword } });
  return body.access_token as string;
}

/** A good body for POST /payments. */
export function paymentOf(payer: TestUser, payee: TestUser, change: object = {}) {
  return {
    payer_wallet_id: payer.walletId,
    payee_wallet_id: payee.walletId,
    amount_minor: 1_250,
    currency: 'USD',
    ...change,
  };
}

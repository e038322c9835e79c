import { findUserByEmail, insertSession, insertUser, openWallets } from '@wallet/core-ledger';
import type { Database, Vault } from '@wallet/core-ledger';
import type { Metrics } from '@wallet/runtime';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import type { Answer } from '../http/call.ts';
import type { Login, Registration } from '../identity/requests.ts';
import { refuse } from '../problems.ts';
import type { Lockout } from './lockout.ts';
import { PasswordQueueFull, type Passwords } from './passwords.ts';
import { sessionSeconds } from './provider.ts';

export type AccountDependencies = {
  db: Database;
  vault: Vault;
  passwords: Passwords;
  lockout: Lockout;
  metrics: Metrics;
  tokenSeconds: number;
  /** Makes the tokens of a session that has just been opened. */
  issuePair(
    sessionId: string,
    userId: string,
  ): Promise<{ accessToken: string; refreshToken: string }>;
};

/** Makes a user with a first wallet. */
export function register(
  { db, vault, passwords }: AccountDependencies,
  body: Registration,
): Promise<Answer> {
  return unlessFull(async () => {
    // Asked first, so that a taken address costs no hash; the insert decides.
    if ((await findUserByEmail(db.knex, vault, body.email)) !== null) return refuse('email_taken');
    const user = {
      id: uuidv4(),
      email: body.email,
      name: body.name,
      role: body.kind,
      passwordHash: await passwords.hash(body.password),
    };
    const wallet = { id: uuidv4(), ownerId: user.id, kind: body.kind, currency: body.currency };
    const isNew = await db.knex.transaction(async (trx) => {
      if (!(await insertUser(trx, vault, user))) return false;
      await openWallets(trx, [wallet]);
      return true;
    });
    if (!isNew) return refuse('email_taken');
    return { status: 201, body: { user_id: user.id, wallet_id: wallet.id } };
  });
}

/** Opens a session for who knows the password. */
export function logIn(dependencies: AccountDependencies, body: Login): Promise<Answer> {
  const { db, vault, passwords, lockout, metrics, tokenSeconds, issuePair } = dependencies;
  const account = body.email.toLowerCase();
  return unlessFull(async () => {
    const blockedSeconds = await lockout.blockedSeconds(body.address, account);
    if (blockedSeconds > 0) {
      metrics.inc('wallet_logins_total', { result: 'limited' });
      return refuse('too_many_attempts', { retryAfterSeconds: blockedSeconds });
    }
    const user = await findUserByEmail(db.knex, vault, account);
    // An unknown user takes as long as a wrong password.
    if (!(await passwords.matches(user?.passwordHash ?? null, body.password)) || user === null) {
      metrics.inc('wallet_logins_total', { result: 'refused' });
      await lockout.failed(body.address, account);
      return refuse('invalid_credentials');
    }
    const sessionId = uuidv7();
    const session = { id: sessionId, userId: user.id, lifetimeSeconds: sessionSeconds };
    await insertSession(db.knex, session);
    const { accessToken, refreshToken } = await issuePair(sessionId, user.id);
    metrics.inc('wallet_logins_total', { result: 'accepted' });
    const pair = { access_token: accessToken, refresh_token: refreshToken };
    return { status: 200, body: { ...pair, token_type: 'Bearer', expires_in: tokenSeconds } };
  });
}

async function unlessFull(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PasswordQueueFull) return refuse('overloaded');
    throw error;
  }
}

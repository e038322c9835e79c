import { findUserByEmail, insertSession, insertUser, openWallets } from '@wallet/core-ledger';
import type { Database, Vault } from '@wallet/core-ledger';
import type { LabelsOf, Metrics } from '@wallet/runtime';
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
  { db, vault, passwords, metrics }: AccountDependencies,
  body: Registration,
): Promise<Answer> {
  const count = (result: LabelsOf<'wallet_registrations_total'>['result']): void =>
    metrics.inc('wallet_registrations_total', { result });
  const taken = (): Answer => {
    count('taken');
    return refuse('email_taken');
  };
  return unlessFull(
    () => count('overloaded'),
    async () => {
      // Asked first, so that a taken address costs no hash; the insert decides.
      if ((await findUserByEmail(db.knex, vault, body.email)) !== null) return taken();
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
      if (!isNew) return taken();
      count('created');
      return { status: 201, body: { user_id: user.id, wallet_id: wallet.id } };
    },
  );
}

/** Opens a session for who knows the password. */
export function logIn(dependencies: AccountDependencies, body: Login): Promise<Answer> {
  const { db, vault, passwords, lockout, metrics, tokenSeconds, issuePair } = dependencies;
  const account = body.email.toLowerCase();
  const count = (result: LabelsOf<'wallet_logins_total'>['result']): void =>
    metrics.inc('wallet_logins_total', { result });
  return unlessFull(
    () => count('overloaded'),
    async () => {
      const blockedSeconds = await lockout.blockedSeconds(body.address, account);
      if (blockedSeconds > 0) {
        count('limited');
        return refuse('too_many_attempts', { retryAfterSeconds: blockedSeconds });
      }
      const user = await findUserByEmail(db.knex, vault, account);
      // An unknown user takes as long as a wrong password.
      if (!(await passwords.matches(user?.passwordHash ?? null, body.password)) || user === null) {
        count('refused');
        const locks = await lockout.failed(body.address, account);
        if (locks) metrics.inc('wallet_login_lockouts_total');
        return refuse('invalid_credentials');
      }
      const sessionId = uuidv7();
      const session = { id: sessionId, userId: user.id, lifetimeSeconds: sessionSeconds };
      await insertSession(db.knex, session);
      const { accessToken, refreshToken } = await issuePair(sessionId, user.id);
      count('accepted');
      const pair = { access_token: accessToken, refresh_token: refreshToken };
      return { status: 200, body: { ...pair, token_type: 'Bearer', expires_in: tokenSeconds } };
    },
  );
}

async function unlessFull(onFull: () => void, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PasswordQueueFull)) throw error;
    onFull();
    return refuse('overloaded');
  }
}

import { findUserByEmail, insertUser, openWallets } from '@wallet/core-ledger';
import type { Database, Vault } from '@wallet/core-ledger';
import type { Metrics } from '@wallet/runtime';
import { v4 as uuidv4 } from 'uuid';
import { z } from 'zod';
import type { Answer } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { refuse, type ProblemCode } from '../problems.ts';
import type { Lockout } from './lockout.ts';
import { PasswordQueueFull, type Passwords } from './passwords.ts';
import type { Sessions } from './sessions.ts';

export type IdentityDependencies = {
  db: Database;
  vault: Vault;
  sessions: Sessions;
  passwords: Passwords;
  lockout: Lockout;
  metrics: Metrics;
};

/** Users' own public client; RFC 6749 calls for a name. */
const walletClient = 'wallet-app';

// RFC 5321 allows 254 characters; whether the address exists only a message to it can tell.
const email = z.email().max(254).meta({ example: 'ada@example.org' });
const passwordForm = {
  format: 'password',
  pattern: '^[^]*$',
  example: 'correct horse battery',
} as const;
// Longer ones would only cost time to hash.
const password = z.string().min(10).max(128).meta(passwordForm);

const registration = z
  .strictObject({
    email,
    password,
    name: fields.text(200),
    kind: z.enum(['customer', 'merchant']),
    currency: fields.currency(),
  })
  .meta({ id: 'Registration' });

const registered = z
  .strictObject({ user_id: z.uuid(), wallet_id: z.uuid() })
  .meta({ id: 'Registered' });

// A login says nothing about the rules for new addresses and passwords.
const credentials = z
  .strictObject({
    email: fields.text(254).meta({ example: 'ada@example.org' }),
    password: z.string().max(128).meta(passwordForm),
  })
  .meta({ id: 'Credentials' });

const token = (example: string) =>
  z
    .string()
    .max(2_048)
    .regex(/^[\w.-]+$/)
    .meta({ example });

const tokenPair = z
  .strictObject({
    access_token: token('eyJhbGciOiJFZERTQSJ9.e30.c2ln'),
    refresh_token: token('bq1wT0eJSTuYgkPXlM0sLg'),
    token_type: z.literal('Bearer'),
    expires_in: z.int().min(1).max(86_400).meta({ description: 'Seconds.', example: 600 }),
  })
  .meta({ id: 'TokenPair' });

const parameter = (example: string) =>
  z.string().max(500).meta({ pattern: '^[^]*$', example }).optional();

const tokenRequest = z
  .object({
    grant_type: parameter('refresh_token'),
    client_id: parameter(walletClient),
    refresh_token: parameter('bq1wT0eJSTuYgkPXlM0sLg'),
  })
  .meta({ id: 'TokenRequest' });

const tag = 'identity';

/** Who is who: users, sessions and their tokens. */
export function identityRoutes(route: Route, dependencies: IdentityDependencies): void {
  const { sessions } = dependencies;
  route({
    method: 'post',
    path: '/register',
    tag,
    summary: 'Become a user, with a first wallet',
    description: 'The address must be new. Log in next.',
    scope: null,
    idempotent: false,
    body: registration,
    responses: { 201: { description: 'User and wallet exist.', schema: registered } },
    errors: ['email_taken', 'unsupported_currency'],
    handler: ({ body }) => unlessFull(() => register(dependencies, body)),
  });
  route({
    method: 'post',
    path: '/login',
    tag,
    summary: 'Get an access and a refresh token',
    description: 'Repeated failures close the account to the address for a minute.',
    scope: null,
    idempotent: false,
    body: credentials,
    responses: { 200: { description: 'A new session.', schema: tokenPair } },
    errors: ['invalid_credentials', 'too_many_attempts'],
    handler: ({ body, address }) => unlessFull(() => login(dependencies, body, address)),
  });
  route({
    method: 'post',
    path: '/token',
    tag,
    summary: 'Exchange a refresh token for a new pair',
    description: 'OAuth 2 token endpoint. Each refresh token is good once; a second use ends all.',
    scope: null,
    idempotent: false,
    bodyType: 'form',
    body: tokenRequest,
    responses: { 200: { description: 'The next pair.', schema: tokenPair } },
    errors: ['invalid_request', 'invalid_client', 'invalid_grant', 'unsupported_grant_type'],
    handler: ({ body }) => refresh(sessions, body),
  });
  route({
    method: 'post',
    path: '/logout',
    tag,
    summary: 'End the session',
    description: 'Its access and refresh tokens stop working at once, everywhere.',
    scope: 'session',
    idempotent: false,
    responses: { 204: { description: 'The session has ended.' } },
    errors: [],
    async handler({ caller }) {
      await sessions.end(caller.sessionId);
      return { status: 204 };
    },
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

async function register(
  { db, vault, passwords }: IdentityDependencies,
  body: z.output<typeof registration>,
): Promise<Answer> {
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
}

async function login(
  { db, vault, sessions, passwords, lockout, metrics }: IdentityDependencies,
  body: z.output<typeof credentials>,
  address: string,
): Promise<Answer> {
  const account = body.email.toLowerCase();
  const blockedSeconds = await lockout.blockedSeconds(address, account);
  if (blockedSeconds > 0) {
    metrics.inc('wallet_logins_total', { result: 'limited' });
    return refuse('too_many_attempts', { retryAfterSeconds: blockedSeconds });
  }
  const user = await findUserByEmail(db.knex, vault, account);
  // An unknown user takes as long as a wrong password.
  if (!(await passwords.matches(user?.passwordHash ?? null, body.password)) || user === null) {
    metrics.inc('wallet_logins_total', { result: 'refused' });
    await lockout.failed(address, account);
    return refuse('invalid_credentials');
  }
  metrics.inc('wallet_logins_total', { result: 'accepted' });
  return { status: 200, body: await sessions.open(user) };
}

async function refresh(sessions: Sessions, body: z.output<typeof tokenRequest>): Promise<Answer> {
  if (body.grant_type === undefined || body.client_id === undefined) {
    return refuseToken('invalid_request');
  }
  if (body.grant_type !== 'refresh_token') return refuseToken('unsupported_grant_type');
  if (body.client_id !== walletClient) return refuseToken('invalid_client');
  if (body.refresh_token === undefined) return refuseToken('invalid_request');
  const pair = await sessions.refresh(body.refresh_token);
  return pair === null ? refuseToken('invalid_grant') : { status: 200, body: pair };
}

type TokenProblem = Extract<
  ProblemCode,
  'invalid_request' | 'invalid_client' | 'invalid_grant' | 'unsupported_grant_type'
>;

/** RFC 6749, section 5.2, wants the word under `error`; RFC 9457 has room for it. */
function refuseToken(problem: TokenProblem): Answer {
  return refuse(problem, { extensions: { error: problem } });
}

import type { Answer } from '../http/call.ts';
import type { Route } from '../http/route.ts';
import { refuse, type ProblemCode } from '../problems.ts';
import {
  credentials,
  registered,
  registration,
  tokenGrant,
  tokenPair,
  tokenRequest,
  type TokenRequest,
} from './requests.ts';
import type { IdentityService } from './service-client.ts';
import type { Sessions } from './sessions.ts';

export type IdentityDependencies = {
  identity: IdentityService;
  sessions: Sessions;
};

const tag = 'identity';

/** Who is who: users, sessions and their tokens. The identity service does the work. */
export function identityRoutes(route: Route, dependencies: IdentityDependencies): void {
  const { identity, sessions } = dependencies;
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
    errors: ['email_taken', 'unsupported_currency', 'unavailable'],
    handler: ({ body }) => identity.ask('/users', body),
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
    errors: ['invalid_credentials', 'too_many_attempts', 'unavailable'],
    handler: ({ body, address }) => identity.ask('/sessions', { ...body, address }),
  });
  route({
    method: 'post',
    path: '/token',
    tag,
    summary: 'Exchange a refresh token or client credentials for tokens',
    description:
      'OAuth 2 token endpoint. Each refresh token is good once; a second use ends all. Back ends ' +
      'of merchants authenticate by Basic or by `client_secret`, and get no refresh token.',
    scope: null,
    idempotent: false,
    bodyType: 'form',
    body: tokenRequest,
    responses: { 200: { description: 'The next tokens.', schema: tokenGrant } },
    errors: [...tokenProblems, 'unavailable'],
    handler: ({ body, authorization }) => exchange(identity, body, authorization),
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

const tokenProblems = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unsupported_grant_type',
] as const satisfies readonly ProblemCode[];
type TokenProblem = (typeof tokenProblems)[number];

async function exchange(
  identity: IdentityService,
  body: TokenRequest,
  authorization: string | null,
): Promise<Answer> {
  const form = Object.entries(body).filter((entry): entry is [string, string] => !!entry[1]);
  if (body.grant_type === undefined) return refuseToken('invalid_request');
  const answer = await identity.token(Object.fromEntries(form), authorization);
  if (answer === null || answer.status >= 500) return refuse('unavailable');
  const { access_token, refresh_token, expires_in, error } = answer.body;
  if (answer.status === 200) {
    const pair = { access_token, token_type: 'Bearer', expires_in };
    return { status: 200, body: refresh_token === undefined ? pair : { ...pair, refresh_token } };
  }
  // Words beyond the contract's (a scope, a target) are all about what was asked.
  return refuseToken(tokenProblems.find((problem) => problem === error) ?? 'invalid_request');
}

/** RFC 6749, section 5.2, wants the word under `error`; RFC 9457 has room for it. */
function refuseToken(problem: TokenProblem): Answer {
  return refuse(problem, { extensions: { error: problem } });
}

import { hash, timingSafeEqual } from 'node:crypto';
import { findRole, findServiceClient, type Database } from '@wallet/core-ledger';
import type { Metrics } from '@wallet/runtime';
import Provider, {
  type AccessToken,
  type AdapterFactory,
  type ClientCredentials,
  type Configuration,
  type JWTStructured,
} from 'oidc-provider';
import { scopes, scopesOf } from '../http/scopes.ts';
import { audience, walletClient } from '../identity/requests.ts';
import type { Keyring } from './keyring.ts';

/** How long a session may be refreshed. */
export const sessionSeconds = 30 * 86_400;
/** The API as a resource server (RFC 8707). */
const resource = 'urn:wallet:api';
const everyScope = Object.keys(scopes).join(' ');

export type ProviderDependencies = {
  db: Database;
  records: AdapterFactory;
  issuer: string;
  tokenSeconds: number;
  sandbox: boolean;
  metrics: Metrics;
};

/**
 * The OpenID provider, of which the token endpoint, the key set and the discovery document are
 * served. What a token says is looked up when it is made: role, scopes, session, user.
 */
export function createProvider(dependencies: ProviderDependencies, keyring: Keyring): Provider {
  const { issuer, records, db, metrics } = dependencies;
  const provider = new Provider(issuer, {
    ...configurationOf(dependencies, keyring),
    adapter: records,
    findAccount: async (_context, id) => {
      if ((await findRole(db.knex, id)) === null) return undefined;
      return { accountId: id, claims: () => ({ sub: id }) };
    },
    formats: {
      customizers: { jwt: (_context, token, parts) => describe(dependencies, token, parts) },
    },
  });
  countGrants(provider, metrics);
  // Secrets are random and long, so that a plain hash is enough; only hashes are kept.
  provider.Client.prototype.compareClientSecret = function compare(actual: string) {
    const digest = hash('sha256', actual, 'buffer');
    const known = (this.clientSecret ?? '').split(' ').map((hex) => Buffer.from(hex, 'hex'));
    const matches = known.map((one) => one.length === 32 && timingSafeEqual(one, digest));
    return matches.includes(true);
  };
  return provider;
}

function countGrants(provider: Provider, metrics: Metrics): void {
  const count = (params: unknown, result: 'granted' | 'refused'): void => {
    const { grant_type: given } = (params ?? {}) as { grant_type?: unknown };
    const isKnown = given === 'refresh_token' || given === 'client_credentials';
    metrics.inc('wallet_token_grants_total', { grant: isKnown ? given : 'other', result });
  };
  provider.on('grant.success', ({ oidc }) => count(oidc.params, 'granted'));
  provider.on('grant.error', ({ oidc }) => count(oidc.params, 'refused'));
}

function configurationOf(
  { tokenSeconds }: ProviderDependencies,
  { keys, signing }: Keyring,
): Configuration {
  return {
    jwks: { keys: [...keys] as never },
    clients: [
      {
        client_id: walletClient,
        token_endpoint_auth_method: 'none',
        grant_types: ['refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientDefaults: { id_token_signed_response_alg: 'EdDSA' },
    enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
    // Without this scope the provider knows no refresh tokens.
    scopes: [...Object.keys(scopes), 'offline_access'],
    claims: {},
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => resourceServerInfo(signing, tokenSeconds),
      },
    },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      Grant: sessionSeconds,
      // A rotated token ends when the first one would have.
      RefreshToken: (context) =>
        context?.oidc?.entities?.RotatedRefreshToken?.remainingTTL ?? sessionSeconds,
    },
  };
}

function resourceServerInfo(signing: string, tokenSeconds: number) {
  return {
    scope: everyScope,
    audience,
    accessTokenTTL: tokenSeconds,
    accessTokenFormat: 'jwt' as const,
    jwt: { sign: { alg: 'EdDSA' as const, kid: signing } },
  };
}

/** Puts into a token what the edge goes by. */
async function describe(
  { db, sandbox }: ProviderDependencies,
  token: AccessToken | ClientCredentials,
  { payload }: JWTStructured,
): Promise<void> {
  if (token.kind === 'ClientCredentials') {
    const client = await findServiceClient(db.knex, token.clientId ?? '');
    // Its session is that of the client's id, so that revoking the client ends its tokens.
    const claims = { sub: client?.userId, sid: client?.id, role: 'service' };
    Object.assign(payload, claims, { scope: scopesOf('service', { sandbox }).join(' ') });
    return;
  }
  const role = await findRole(db.knex, token.accountId);
  if (role === null) throw new Error('a token for nobody');
  const claims = { sid: token.grantId, role, scope: scopesOf(role, { sandbox }).join(' ') };
  Object.assign(payload, claims);
}

/**
 * Opens a session: a grant and a pair of tokens, as a code flow would end.
 * @param sessionId id of the session's row, which is there already
 */
export async function issuePair(
  provider: Provider,
  {
    sessionId,
    userId,
    keyring,
    tokenSeconds,
  }: {
    sessionId: string;
    userId: string;
    keyring: Keyring;
    tokenSeconds: number;
  },
): Promise<{ accessToken: string; refreshToken: string }> {
  const client = await provider.Client.find(walletClient);
  if (client === undefined) throw new Error('the client of users is not configured');
  const grant = new provider.Grant({ accountId: userId, clientId: walletClient });
  grant.jti = sessionId;
  grant.addResourceScope(resource, everyScope);
  await grant.save();
  const common = {
    client,
    accountId: userId,
    grantId: sessionId,
    scope: everyScope,
    gty: 'password',
  };
  const refreshToken = await new provider.RefreshToken({ ...common, resource }).save();
  const info = resourceServerInfo(keyring.signing, tokenSeconds);
  const resourceServer = new provider.ResourceServer(resource, info);
  const accessToken = await new provider.AccessToken({ ...common, resourceServer }).save();
  return { accessToken, refreshToken };
}

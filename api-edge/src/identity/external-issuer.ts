import { hash } from 'node:crypto';
import { admitExternalUser, type Database } from '@wallet/core-ledger';
import type { Clock, Log } from '@wallet/runtime';
import { scopesOf } from '../http/scopes.ts';
import { isRole, type TrustedIssuer } from './access-tokens.ts';
import { createKeySet } from './key-set.ts';

const discoveryMs = 2_000;

/**
 * An issuer of somebody else whose users are ours too. A user's id is made of issuer and subject,
 * so that no subject of theirs can be a user of ours; role as the claim `role` says; the session is
 * that of the issuer (`sid`), else the token's own, and can be ended here like any other.
 * @param options.tokenSeconds how long a verified token is believed until its session is read again
 */
export function createExternalIssuer(options: {
  issuer: string;
  audience: string;
  /** Where its keys are; null: its discovery document tells. */
  keysUrl: string | null;
  db: Database;
  tokenSeconds: number;
  sandbox: boolean;
  clock: Clock;
  log: Log;
}): TrustedIssuer {
  const { issuer, audience, keysUrl, db, tokenSeconds, sandbox, clock, log } = options;
  const locate = async (): Promise<URL> => (keysUrl === null ? discover(issuer) : new URL(keysUrl));
  return {
    issuer,
    audience,
    algorithms: ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'PS256', 'RS256'],
    tokenType: undefined,
    keys: createKeySet({ locate, log }),
    async callerOf(claims) {
      const { sub = '', role, exp = 0, iat = 0 } = claims;
      if (!isRole(role)) return null;
      const userId = idOf(`user|${issuer}|${sub}`);
      const session = typeof claims.sid === 'string' ? claims.sid : (claims.jti ?? `${iat}`);
      const sessionId = idOf(`session|${issuer}|${sub}|${session}`);
      const expiresAt = new Date(exp * 1_000);
      if (!(await admitExternalUser(db.knex, { id: sessionId, userId, role, expiresAt }))) {
        return null;
      }
      return {
        ...{ userId, sessionId, role },
        scopes: new Set(scopesOf(role, { sandbox })),
        // That a session was ended is remembered as long as a token of ours lives.
        tokenExpiresAtMs: Math.min(exp * 1_000, clock.nowMs() + tokenSeconds * 1_000),
      };
    },
  };
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discover(issuer: string): Promise<URL> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(discoveryMs),
  });
  const document = (await response.json()) as { issuer?: string; jwks_uri?: string };
  if (document.issuer !== issuer) throw new Error('the document is that of another issuer');
  return new URL(document.jwks_uri ?? '');
}

/** A uuid of version 8, the same one for the same words. */
function idOf(words: string): string {
  const hex = hash('sha256', words, 'hex');
  const variant = `8${hex.slice(17, 20)}`;
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant];
  return [...parts, hex.slice(20, 32)].join('-');
}

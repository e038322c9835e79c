import { hash } from 'node:crypto';
import { userRoles, type UserRole } from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import { calculateJwkThumbprint, errors, importJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../http/call.ts';
import { scopes, scopesOf, type Scope } from '../http/scopes.ts';

export type AccessTokens = {
  readonly lifetimeSeconds: number;
  /** Signs a token for a session. */
  issue(session: { id: string; userId: string; role: UserRole }): Promise<string>;
  /** The caller of a good token, else null. Says nothing about logout. */
  verify(token: string): Promise<Caller | null>;
};

const issuer = 'wallet';
const audience = 'wallet-api';
const algorithm = 'EdDSA';
const tokenType = 'at+jwt';
/** No token of ours is longer; a longer header is not worth hashing. */
const maxTokenLength = 2_048;
/** Callers whose verified tokens are remembered: a signature costs 40 times a hash. */
const rememberedTokens = 50_000;

/**
 * Signed access tokens (Ed25519). A token is verified once and then known by its SHA-256, so that
 * the memory holds nothing that could be used as a token.
 * @param signingKey WALLET_SIGNING_KEY: an Ed25519 private key as JWK
 */
export async function createAccessTokens(options: {
  signingKey: string;
  lifetimeSeconds: number;
  sandbox: boolean;
  clock: Clock;
}): Promise<AccessTokens> {
  const { signingKey, lifetimeSeconds, sandbox, clock } = options;
  const { d, ...publicJwk } = JSON.parse(signingKey) as JWK;
  const privateKey = await importJWK({ ...publicJwk, d: d ?? '' }, algorithm);
  const publicKey = await importJWK(publicJwk, algorithm);
  const keyId = await calculateJwkThumbprint(publicJwk);
  const verified = new LRUCache<string, Caller>({ max: rememberedTokens });

  const check = async (token: string): Promise<Caller | null> => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
        issuer,
        audience,
        algorithms: [algorithm],
        typ: tokenType,
        requiredClaims: ['sub', 'sid', 'exp', 'role', 'scope'],
        currentDate: new Date(clock.nowMs()),
      });
      return protectedHeader.kid === keyId ? callerOf(payload) : null;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  };

  return {
    lifetimeSeconds,
    issue(session) {
      const issuedAt = Math.floor(clock.nowMs() / 1_000);
      return new SignJWT({
        sid: session.id,
        role: session.role,
        scope: scopesOf(session.role, { sandbox }).join(' '),
      })
        .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: keyId })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(session.userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .sign(privateKey);
    },
    async verify(token) {
      if (token.length > maxTokenLength) return null;
      const digest = hash('sha256', token, 'base64url');
      let caller = verified.get(digest) ?? null;
      if (caller === null) {
        caller = await check(token);
        if (caller !== null) verified.set(digest, caller);
      }
      return caller !== null && caller.tokenExpiresAtMs > clock.nowMs() ? caller : null;
    },
  };
}

function callerOf(claims: Record<string, unknown>): Caller | null {
  const { sub, sid, role, scope, exp } = claims;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof scope !== 'string') return null;
  if (typeof exp !== 'number' || !(userRoles as readonly unknown[]).includes(role)) return null;
  return {
    userId: sub,
    sessionId: sid,
    role: role as UserRole,
    scopes: new Set(scope.split(' ').filter((word): word is Scope => word in scopes)),
    tokenExpiresAtMs: exp * 1_000,
  };
}

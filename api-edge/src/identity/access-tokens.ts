import { hash } from 'node:crypto';
import { userRoles, type UserRole } from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../http/call.ts';
import { scopes, type Scope } from '../http/scopes.ts';
import type { KeySet } from './key-set.ts';

/** Whom the edge believes, and how it reads a token of theirs. */
export type TrustedIssuer = {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: string[];
  /** `typ` that a token must have; undefined where the issuer sets none. */
  readonly tokenType: string | undefined;
  readonly keys: KeySet;
  /** The caller whom verified claims describe; null when they do not describe one. */
  callerOf(claims: JWTPayload): Promise<Caller | null> | Caller | null;
};

export type AccessTokens = {
  /**
   * The caller of a good token, else null; at once when it is known. Says nothing about logout.
   * @throws Fault `keys_unknown`, retriable, when there is no telling
   */
  verify(token: string): Promise<Caller | null> | Caller | null;
};

/** No token of ours is longer; a longer header is not worth hashing. */
const maxTokenLength = 2_048;
const tokenForm = /^[\w.~+/-]+=*$/;
/** Callers whose verified tokens are remembered: a signature costs 40 times a hash. */
const rememberedTokens = 50_000;

/**
 * Verifies access tokens by the issuers' public keys. A token is verified once and then known by
 * its SHA-256, so that the memory holds nothing that could be used as a token.
 */
export function createAccessTokens(options: {
  issuers: readonly TrustedIssuer[];
  clock: Clock;
}): AccessTokens {
  const { clock } = options;
  const issuers = new Map(options.issuers.map((trusted) => [trusted.issuer, trusted]));
  const verified = new LRUCache<string, Caller>({ max: rememberedTokens });

  const check = async (token: string): Promise<Caller | null> => {
    // What an unverified token says of its issuer only chooses whose keys must have signed it.
    const issuer = tokenForm.test(token) ? issuerOf(token) : null;
    const trusted = issuer === null ? undefined : issuers.get(issuer);
    if (trusted === undefined) return null;
    try {
      const { payload } = await jwtVerify(
        token,
        async (header) => {
          const key = await trusted.keys.find(header);
          if (key === null) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        {
          issuer: trusted.issuer,
          audience: trusted.audience,
          algorithms: trusted.algorithms,
          requiredClaims: ['sub', 'exp'],
          currentDate: new Date(clock.nowMs()),
          ...(trusted.tokenType === undefined ? {} : { typ: trusted.tokenType }),
        },
      );
      return await trusted.callerOf(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  };

  const isGood = (caller: Caller): boolean => caller.tokenExpiresAtMs > clock.nowMs();

  const meet = async (token: string, digest: string): Promise<Caller | null> => {
    const caller = await check(token);
    if (caller !== null) verified.set(digest, caller);
    return caller !== null && isGood(caller) ? caller : null;
  };

  return {
    verify(token) {
      if (token.length > maxTokenLength) return null;
      const digest = hash('sha256', token, 'hex');
      const known = verified.get(digest);
      return known !== undefined && isGood(known) ? known : meet(token, digest);
    },
  };
}

function issuerOf(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return null; // not a token
  }
}

/** What our own identity service writes into a token. */
export function callerOfOwnClaims(claims: JWTPayload): Caller | null {
  const { sub, sid, role, scope, exp } = claims;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof scope !== 'string') return null;
  if (typeof exp !== 'number' || !isRole(role)) return null;
  return {
    userId: sub,
    sessionId: sid,
    role,
    scopes: new Set(scope.split(' ').filter((word): word is Scope => word in scopes)),
    tokenExpiresAtMs: exp * 1_000,
  };
}

export function isRole(value: unknown): value is UserRole {
  return (userRoles as readonly unknown[]).includes(value);
}

import { insertSession, revokeSession, rotateSession, type Database } from '@wallet/core-ledger';
import type { UserRole } from '@wallet/core-ledger';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../http/call.ts';
import type { Gatekeeper } from '../http/route.ts';
import type { BatchedRead } from '../intents/batched-read.ts';
import type { Completeness } from '../intents/completeness.ts';
import type { SharedMemory } from '../intents/shared-memory.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { RefreshTokens } from './refresh-tokens.ts';

/** What a login or a refresh hands out; RFC 6749, section 5.1. */
export type TokenPair = {
  access_token: string;
  refresh_token: string;
  token_type: 'Bearer';
  /** Seconds. */
  expires_in: number;
};

export type Sessions = Gatekeeper & {
  open(user: { id: string; role: UserRole }): Promise<TokenPair>;
  /** A new pair for a refresh token, null when it is not good (any more). */
  refresh(refreshToken: string): Promise<TokenPair | null>;
  /** Ends a session on every instance at once. */
  end(sessionId: string): Promise<void>;
};

/** How long a session may be refreshed. */
const sessionSeconds = 30 * 86_400;

/**
 * Sessions live in the ledger's database; that one has ended is told to every instance by a key in
 * Redis, which lives as long as an access token could. Where Redis is away or has forgotten, the
 * database is asked.
 */
export function createSessions(options: {
  db: Database;
  memory: SharedMemory;
  completeness: Completeness;
  findEndedSession: BatchedRead<true>;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
}): Sessions {
  const { db, memory, completeness, findEndedSession, accessTokens, refreshTokens } = options;

  const pairOf = async (session: {
    id: string;
    userId: string;
    role: UserRole;
    refreshGeneration: number;
  }): Promise<TokenPair> => ({
    access_token: await accessTokens.issue(session),
    refresh_token: refreshTokens.issue(session),
    token_type: 'Bearer',
    expires_in: accessTokens.lifetimeSeconds,
  });
  const tellEveryInstance = async (sessionId: string): Promise<void> => {
    const tell = () => memory.endSessions([sessionId], accessTokens.lifetimeSeconds);
    await tell().catch(() => completeness.missed(tell));
  };

  return {
    async authenticate(authorization) {
      const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
      return token === undefined ? null : accessTokens.verify(token);
    },
    async sessionEnded(caller: Caller) {
      try {
        const { ended, marker } = await memory.readSession(caller.sessionId);
        if (ended) return true;
        if (completeness.trust(marker).sessions) return false;
      } catch {
        // Redis is away: the database knows.
      }
      return (await findEndedSession(caller.sessionId)) !== undefined;
    },
    async open(user) {
      const session = { id: uuidv7(), userId: user.id, role: user.role, refreshGeneration: 0 };
      await insertSession(db.knex, { ...session, lifetimeSeconds: sessionSeconds });
      return pairOf(session);
    },
    async refresh(refreshToken) {
      const opened = refreshTokens.open(refreshToken);
      if (opened === null) return null;
      const rotation = await rotateSession(db.knex, opened);
      if (rotation.ok) return pairOf(rotation.session);
      if (rotation.reason === 'reused') await tellEveryInstance(opened.sessionId);
      return null;
    },
    async end(sessionId) {
      await revokeSession(db.knex, sessionId);
      await tellEveryInstance(sessionId);
    },
  };
}

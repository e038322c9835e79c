import { revokeSession, type Database } from '@wallet/core-ledger';
import type { Caller } from '../http/call.ts';
import type { Gatekeeper } from '../http/route.ts';
import type { BatchedRead } from '../intents/batched-read.ts';
import type { Completeness } from '../intents/completeness.ts';
import type { SharedMemory } from '../intents/shared-memory.ts';
import type { AccessTokens } from './access-tokens.ts';

export type Sessions = Gatekeeper & {
  /** Ends a session on every instance at once. */
  end(sessionId: string): Promise<void>;
};

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
  tokenSeconds: number;
}): Sessions {
  const { db, memory, completeness, findEndedSession, accessTokens, tokenSeconds } = options;
  return {
    authenticate(authorization) {
      const token = bearerTokenOf(authorization);
      return token === null ? null : accessTokens.verify(token);
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
    async end(sessionId) {
      await revokeSession(db.knex, sessionId);
      const tell = () => memory.endSessions([sessionId], tokenSeconds);
      await tell().catch(() => completeness.missed(tell));
    },
  };
}

const scheme = 'bearer ';

/** RFC 6750. What is not made like a token is refused when it is looked at for the first time. */
function bearerTokenOf(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const named = authorization.slice(0, scheme.length).toLowerCase() === scheme;
  return named ? authorization.slice(scheme.length) : null;
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDatabase, type Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import { insertUser } from '../users/store.ts';
import { createVault } from '../users/vault.ts';
import {
  findEndedSessions,
  insertSession,
  listRevokedSessions,
  revokeSession,
  rotateSession,
} from './store.ts';

let db: Database;
let drop: () => Promise<void>;
const user = {
  ...{ id: randomUUID(), email: 'ada@example.org', name: 'Ada', passwordHash: 'a hash' },
  role: 'merchant' as const,
};

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = () => database.drop();
  db = createDatabase({ url: database.url, applicationName: 'sessions test', poolSize: 4 });
  await insertUser(db.knex, createVault('ab'.repeat(32)), user);
});
afterAll(async () => {
  await db.close();
  await drop();
});

async function newSession(lifetimeSeconds = 60): Promise<string> {
  const id = randomUUID();
  await insertSession(db.knex, { id, userId: user.id, lifetimeSeconds });
  return id;
}

describe('sessions', () => {
  test('rotate generation by generation and tell the role as it is now', async () => {
    const sessionId = await newSession();
    for (let generation = 0; generation < 3; generation += 1) {
      expect(await rotateSession(db.knex, { sessionId, generation })).toEqual({
        ok: true,
        session: {
          id: sessionId,
          userId: user.id,
          role: 'merchant',
          refreshGeneration: generation + 1,
        },
      });
    }
  });

  test('a generation used before ends the session; then nothing is good any more', async () => {
    const sessionId = await newSession();
    await rotateSession(db.knex, { sessionId, generation: 0 });
    expect(await rotateSession(db.knex, { sessionId, generation: 0 })).toEqual({
      ok: false,
      reason: 'reused',
    });
    expect(await rotateSession(db.knex, { sessionId, generation: 1 })).toEqual({
      ok: false,
      reason: 'ended',
    });
  });

  test('of many users of one token at most one wins; the session does not survive', async () => {
    const sessionId = await newSession();
    const rotations = await Promise.all(
      Array.from({ length: 8 }, () => rotateSession(db.knex, { sessionId, generation: 0 })),
    );
    expect(rotations.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await findEndedSessions(db.knex, [sessionId])).toEqual(new Set([sessionId]));
  });

  test('those revoked, expired or unknown have ended', async () => {
    const [open, revoked, expired] = [await newSession(), await newSession(), await newSession(-1)];
    const unknown = randomUUID();
    await revokeSession(db.knex, revoked);
    await revokeSession(db.knex, revoked);
    const ended = await findEndedSessions(db.knex, [open, revoked, expired, unknown]);
    expect(ended).toEqual(new Set([revoked, expired, unknown]));
    expect(await listRevokedSessions(db.knex, 60)).toContain(revoked);
    expect(await listRevokedSessions(db.knex, 60)).not.toContain(open);
    expect(await rotateSession(db.knex, { sessionId: expired, generation: 0 })).toEqual({
      ok: false,
      reason: 'ended',
    });
  });
});

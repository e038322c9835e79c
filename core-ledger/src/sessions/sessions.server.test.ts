import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDatabase, type Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import { insertUser } from '../users/store.ts';
import { createVault } from '../users/vault.ts';
import {
  consumeRecord,
  deleteExpiredRecords,
  findRecord,
  putRecord,
  sessionOfRecord,
} from './records.ts';
import { findEndedSessions, insertSession, listRevokedSessions, revokeSession } from './store.ts';

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
  test('of many users of one token one wins; what ended takes its records along', async () => {
    const sessionId = await newSession();
    const token = randomUUID();
    const record = { model: 'RefreshToken', id: token, sessionId, payload: { a: 1 } };
    await putRecord(db.knex, { ...record, lifetimeSeconds: 60 });
    const found = { payload: { a: 1 }, consumed: false };
    expect(await findRecord(db.knex, 'RefreshToken', token)).toEqual(found);
    const uses = await Promise.all(
      Array.from({ length: 8 }, () => consumeRecord(db.knex, 'RefreshToken', token)),
    );
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect((await findRecord(db.knex, 'RefreshToken', token))?.consumed).toBe(true);
    await revokeSession(db.knex, sessionId);
    expect(await findRecord(db.knex, 'RefreshToken', token)).toBeNull();
    expect(await sessionOfRecord(db.knex, 'RefreshToken', token)).toBe(sessionId);
    const kept = await db.knex.raw<{ rows: { text: string }[] }>(
      `select string_agg(r::text, '') as text from oidc_record r`,
    );
    expect(kept.rows[0]?.text).not.toContain(token);
  });

  test('records that have run out are neither found nor kept', async () => {
    const record = { model: 'Grant', id: randomUUID(), sessionId: null, payload: {} };
    await putRecord(db.knex, { ...record, lifetimeSeconds: -1 });
    expect(await findRecord(db.knex, 'Grant', record.id)).toBeNull();
    expect(await deleteExpiredRecords(db.knex)).toBe(1);
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
  });
});

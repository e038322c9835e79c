import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { admitExternalUser, createDatabase, type Database } from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createRecords } from './records.ts';

let db: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = () => database.drop();
  db = createDatabase({ url: database.url, applicationName: 'records test', poolSize: 2 });
});
afterAll(async () => {
  await db.close();
  await drop();
});

test('who loses the race for a refresh token is refused, and the session ends', async () => {
  const session = { id: randomUUID(), userId: randomUUID(), role: 'customer' } as const;
  await admitExternalUser(db.knex, { ...session, expiresAt: new Date(Date.now() + 60_000) });
  const ended: string[] = [];
  const tokens = createRecords(db, async (id) => void ended.push(id))('RefreshToken');
  await tokens.upsert('a token', { jti: 'a token', grantId: session.id }, 60);
  // Both have read it as unused.
  expect(await tokens.find('a token')).toEqual({ jti: 'a token', grantId: session.id });
  await tokens.consume('a token');
  expect(ended).toEqual([]);
  await expect(tokens.consume('a token')).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(ended).toEqual([session.id]);
  expect(await tokens.find('a token')).toMatchObject({ consumed: true });
});

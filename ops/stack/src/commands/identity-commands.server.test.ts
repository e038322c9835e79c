import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hash, randomUUID } from 'node:crypto';
import {
  createDatabase,
  createVault,
  findServiceClient,
  insertUser,
  makeSigningKeys,
  type Database,
} from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { commands } from './table.ts';

let db: Database;
let url: string;
let drop: () => Promise<void>;
const merchantId = randomUUID();

beforeAll(async () => {
  ({ url, drop } = await createTestDatabase());
  db = createDatabase({ url, applicationName: 'test commands', poolSize: 2 });
  const user = { id: merchantId, email: 'shop@example.org', name: 'Shop', passwordHash: 'x' };
  await insertUser(db.knex, createVault('ab'.repeat(32)), { ...user, role: 'merchant' });
});
afterAll(async () => {
  await db.close();
  await drop();
});

/** What the command says and its exit code. */
async function run(name: string, ...args: string[]): Promise<[number | undefined, string]> {
  const said: string[] = [];
  const command = await commands[name]?.load();
  const print = (line: string): void => void said.push(line);
  const code = await command?.(args, { environment: { DATABASE_URL: url }, print });
  return [code, said.join('\n')];
}

test('a client is registered, gets a new secret, and is revoked', async () => {
  const [code, says] = await run('client', 'register', merchantId);
  const [, id = '', secret = ''] = /client_id +(\S+)\nclient_secret +(\S+)/.exec(says) ?? [];
  expect([code, secret.length]).toEqual([0, 43]);
  const hashes = async () => (await findServiceClient(db.knex, id))?.secretHashes;
  expect(await hashes()).toEqual([hash('sha256', secret, 'buffer')]);
  const [rotated, tells] = await run('client', 'rotate-secret', id, '--overlap', '60');
  const [, next = ''] = /client_secret +(\S+)/.exec(tells) ?? [];
  expect(rotated).toBe(0);
  expect(await hashes()).toEqual([next, secret].map((text) => hash('sha256', text, 'buffer')));
  expect((await run('client', 'revoke', id))[0]).toBe(0);
  expect(await hashes()).toBeUndefined();
  expect((await run('client', 'revoke', id))[0]).toBe(1);
  expect((await run('client', 'register', randomUUID()))[0]).toBe(1);
});

test('a new key is asked for, and told when there is one', async () => {
  const service = setInterval(() => {
    const make = () => ({ id: randomUUID(), publicJwk: {}, sealedPrivate: Buffer.alloc(1) });
    void makeSigningKeys(db.knex, make, 60);
  }, 50);
  const answer = await run('rotate-keys');
  clearInterval(service);
  expect(answer).toEqual([0, expect.stringMatching(/new key +\S+\nsigns from +\S+Z/)]);
});

test('a person is erased once', async () => {
  const [code, says] = await run('erase-subject', merchantId);
  expect([code, says]).toEqual([0, expect.stringContaining('the key is gone')]);
  expect((await run('erase-subject', merchantId))[0]).toBe(1);
});

test.each([
  ['erase-subject'],
  ['erase-subject', 'somebody'],
  ['client'],
  ['client', 'register'],
  ['client', 'invent', randomUUID()],
  ['client', 'rotate-secret', randomUUID(), '--overlap', '-1'],
  ['client', 'rotate-secret', randomUUID(), '--force'],
  ['rotate-keys', 'now'],
])('%s %s %s is misuse', async (name, ...args) => {
  expect(await run(name, ...args)).toEqual([2, expect.stringMatching(/^usage: /)]);
});

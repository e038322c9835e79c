import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hash, randomUUID } from 'node:crypto';
import {
  createDatabase,
  createMasterSeal,
  createVault,
  findServiceClient,
  findUserByEmail,
  insertUser,
  listSigningKeys,
  makeSigningKeys,
  signingKeyPurpose,
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
const run = (name: string, ...args: string[]) => runWith({}, name, ...args);

async function runWith(
  environment: NodeJS.ProcessEnv,
  name: string,
  ...args: string[]
): Promise<[number | undefined, string]> {
  const said: string[] = [];
  const command = await commands[name]?.load();
  const print = (line: string): void => void said.push(line);
  const code = await command?.(args, { environment: { DATABASE_URL: url, ...environment }, print });
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

test('all that is sealed is brought under a new master key', async () => {
  const [present, next] = ['ab'.repeat(32), 'cd'.repeat(32)];
  const id = randomUUID();
  const sealedPrivate = createMasterSeal(signingKeyPurpose, present).seal(Buffer.from('key'), id);
  await db.knex('signing_key').del();
  await makeSigningKeys(db.knex, () => ({ id, publicJwk: {}, sealedPrivate }), 0);
  const keys = { WALLET_MASTER_KEY: next, WALLET_PREVIOUS_MASTER_KEY: present };
  const rotate = (change: object = {}) => runWith({ ...keys, ...change }, 'rotate-master-key');
  const wrong = await rotate({ WALLET_PREVIOUS_MASTER_KEY: 'ef'.repeat(32) });
  expect(wrong).toEqual([1, expect.stringContaining('opens under neither master key')]);
  expect(await rotate()).toEqual([
    0,
    expect.stringMatching(/persons +1 renewed, 0 .*\nsigningKeys +1 renewed, 0/),
  ]);
  expect(await rotate()).toEqual([
    0,
    expect.stringMatching(/persons +0 renewed, 1 .*\nsigningKeys +0 renewed, 1/),
  ]);
  const [row] = await listSigningKeys(db.knex, 0);
  const opened = createMasterSeal(signingKeyPurpose, next).open(
    row?.sealedPrivate ?? Buffer.of(),
    id,
  );
  expect(opened.toString()).toBe('key');
  const user = await findUserByEmail(db.knex, createVault(next), 'shop@example.org');
  expect(user?.id).toBe(merchantId);
  expect((await rotate({ WALLET_PREVIOUS_MASTER_KEY: '' }))[0]).toBe(2);
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
  ['rotate-master-key', 'now'],
])('%s %s %s is misuse', async (name, ...args) => {
  expect(await run(name, ...args)).toEqual([2, expect.stringMatching(/^usage: /)]);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDatabase, type Database } from '../database/database.ts';
import { findEndedSessions, insertSession } from '../sessions/store.ts';
import { createTestDatabase } from '../testing/index.ts';
import { renewPersons } from './master-key.ts';
import { erasePerson, findPerson } from './people.ts';
import { findUserByEmail, insertUser } from './store.ts';
import type { NewUser } from './user.ts';
import { createVault } from './vault.ts';

let db: Database;
let drop: () => Promise<void>;
const vault = createVault('ab'.repeat(32));

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = () => database.drop();
  db = createDatabase({ url: database.url, applicationName: 'users test', poolSize: 4 });
});
afterAll(async () => {
  await db.close();
  await drop();
});

async function newUser(email = `${randomUUID()}@example.org`): Promise<NewUser> {
  const id = randomUUID();
  const user: NewUser = { id, email, name: 'Ada Ö', role: 'merchant', passwordHash: 'a hash' };
  expect(await insertUser(db.knex, vault, user)).toBe(true);
  return user;
}

/** Everything the tables of users say, as text. */
async function textOfTables(): Promise<string> {
  const texts = await Promise.all(
    ['app_user', 'person', 'person_key'].map((table) =>
      db.knex.raw<{ rows: { text: string }[] }>(
        `select string_agg(t::text || encode(convert_to(t::text, 'utf8'), 'escape'), ' ') as text
         from ${table} t`,
      ),
    ),
  );
  return texts.map(({ rows }) => rows[0]?.text).join(' ');
}

describe('users', () => {
  test('are found by their address in any case of letters', async () => {
    const user = await newUser('Ada@Example.org');
    const found = { id: user.id, role: 'merchant', passwordHash: 'a hash' };
    expect(await findUserByEmail(db.knex, vault, 'ada@EXAMPLE.org')).toEqual(found);
    expect(await findUserByEmail(db.knex, vault, 'eve@example.org')).toBeNull();
    expect(await findPerson(db.knex, vault, user.id)).toEqual({
      email: 'ada@example.org',
      name: 'Ada Ö',
    });
  });

  test('an address is taken once, in whatever letters, and a loser leaves no trace', async () => {
    const { email } = await newUser();
    const again = { id: randomUUID(), name: 'x', role: 'customer', passwordHash: 'x' } as const;
    const taken = { ...again, email: email.toUpperCase() };
    expect(await insertUser(db.knex, vault, taken)).toBe(false);
    expect(await db.knex('app_user').where({ id: again.id })).toEqual([]);
  });

  test('no table has an address or a name in the clear', async () => {
    const { email } = await newUser('grace.hopper@navy.example');
    const text = await textOfTables();
    expect(text).not.toContain(email);
    expect(text).not.toContain('navy');
    expect(text).not.toContain('Ada');
  });
});

describe('a sealed person', () => {
  test('does not open under another master key, nor as somebody else', async () => {
    const person = { email: 'a@b.cc', name: 'A' };
    const [id, other] = [randomUUID(), randomUUID()];
    const row = vault.seal(id, person);
    expect(vault.open(id, row)).toEqual(person);
    expect(() => vault.open(other, row)).toThrow();
    expect(() => createVault('cd'.repeat(32)).open(id, row)).toThrow();
    row.sealed.writeUInt8(row.sealed.readUInt8(20) ^ 1, 20);
    expect(() => vault.open(id, row)).toThrow();
  });

  test('is erased with its key: the rest stays and says nothing', async () => {
    const user = await newUser();
    const sessionId = randomUUID();
    await insertSession(db.knex, { id: sessionId, userId: user.id, lifetimeSeconds: 60 });
    expect(await erasePerson(db.knex, user.id)).toBe(true);
    expect(await erasePerson(db.knex, user.id)).toBe(false);
    expect(await findPerson(db.knex, vault, user.id)).toBeNull();
    expect(await findUserByEmail(db.knex, vault, user.email)).toBeNull();
    expect(await db.knex('app_user').where({ id: user.id }).select('role')).toEqual([
      { role: 'merchant' },
    ]);
    expect(await findEndedSessions(db.knex, [sessionId])).toEqual(new Set([sessionId]));
    // The address is free again.
    await newUser(user.email);
  });

  test('is erased by the owner of the database alone', async () => {
    const { id } = await newUser();
    await db.knex
      .transaction(async (trx) => {
        await trx.raw('set local role wallet_app');
        await expect(erasePerson(trx, id)).rejects.toMatchObject({ code: '42501' });
      })
      .catch(() => undefined); // the refusal ended the transaction
    expect(await findPerson(db.knex, vault, id)).not.toBeNull();
  });
});

describe('under a new master key', () => {
  const next = 'cd'.repeat(32);
  const both = createVault(next, 'ab'.repeat(32));

  test('while both are known everybody is found, and no address is taken twice', async () => {
    const old = await newUser();
    const found = await findUserByEmail(db.knex, both, old.email.toUpperCase());
    expect(found?.id).toBe(old.id);
    expect(await insertUser(db.knex, both, { ...old, id: randomUUID() })).toBe(false);
    const id = randomUUID();
    const fresh = { ...old, id, email: `${id}@example.org` };
    expect(await insertUser(db.knex, both, fresh)).toBe(true);
    expect((await findUserByEmail(db.knex, both, fresh.email))?.id).toBe(id);
    expect((await findUserByEmail(db.knex, createVault(next), fresh.email))?.id).toBe(id);
  });

  test('all that was renewed opens by it alone; to repeat renews nothing', async () => {
    const users: NewUser[] = [];
    for (let count = 0; count < 130; count += 1) users.push(await newUser());
    const erased = await newUser();
    await erasePerson(db.knex, erased.id);
    const { renewed, present } = await renewPersons(db.knex, both);
    expect(renewed).toBeGreaterThan(129);
    expect(await renewPersons(db.knex, both)).toEqual({ renewed: 0, present: renewed + present });
    for (const { id, email, name } of users) {
      expect(await findPerson(db.knex, createVault(next), id)).toEqual({ email, name });
      expect((await findUserByEmail(db.knex, createVault(next), email))?.id).toBe(id);
      expect(await findUserByEmail(db.knex, vault, email)).toBeNull();
      await expect(findPerson(db.knex, vault, id)).rejects.toThrow();
    }
    expect(await findPerson(db.knex, both, erased.id)).toBeNull();
  });

  test('a row under neither is told', async () => {
    const stranger = createVault('ef'.repeat(32));
    await expect(renewPersons(db.knex, stranger)).rejects.toMatchObject({
      code: 'wrong_master_key',
      message: expect.stringMatching(/^person [0-9a-f-]{36} opens under neither/),
    });
  });
});

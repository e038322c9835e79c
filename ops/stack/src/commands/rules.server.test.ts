import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createDatabase,
  createDraft,
  findChanges,
  findPublication,
  moveRuleSet,
  publishFirst,
  type Database,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { rulesCommand } from './rules.ts';

let own: TestDatabase;
let database: Database;
let folder: string;
beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test rules command' });
  folder = await mkdtemp(join(tmpdir(), 'wallet-rules-'));
});
afterAll(async () => {
  await database?.close();
  await own?.drop();
  if (folder) await rm(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const code = await rulesCommand(args, { environment: { DATABASE_URL: own.url }, print });
  return { code, lines };
}

async function fileOf(rules: string): Promise<string> {
  const file = join(folder, `${randomUUID()}.rules`);
  await writeFile(file, rules);
  return file;
}

const analyst = () => ({ id: randomUUID(), role: 'analyst', requestId: null }) as const;
const [ada, bob] = [analyst(), analyst()];

async function draftOf(limit: number): Promise<string> {
  const rules = `review "large" when amount_minor > ${limit}`;
  const made = await createDraft(database, { name: `limit ${limit}`, rules }, ada);
  if (made.ok) return made.ruleSet.id;
  throw new Error(made.reason);
}

const liveId = async () => (await findPublication(database.knex))?.rulesetId;

test('lint names each problem by file, line and column, and says what was meant', async () => {
  const good = await fileOf('review "large" when amount_minor > 1');
  const bad = await fileOf('review "a" when amount_minr > 1\nblock "b" when currency > 3');
  expect(await run('lint', good)).toEqual({
    code: 0,
    lines: [expect.stringMatching(/: 1 rules, [0-9a-f]{64}$/)],
  });
  const { code, lines } = await run('lint', good, bad);
  expect(code).toBe(1);
  expect(lines[1]).toMatch(/\.rules:1:17: .*amount_minr.*amount_minor/);
  expect(lines[2]).toMatch(/\.rules:2:\d+: /);
});

test('publishes what two people agreed on and nothing else, and goes back', async () => {
  await publishFirst(database, {
    name: 'shipped',
    rules: 'review "shipped" when amount_minor > 9',
  });
  const shipped = await liveId();
  const id = await draftOf(1_000);
  await moveRuleSet(database, id, { action: 'submit', actor: ada });
  expect(await run('publish', id)).toEqual({ code: 1, lines: ['refused: approval_required'] });
  await moveRuleSet(database, id, { action: 'approve', actor: bob });
  const published = await run('publish', id, 'a', 'calm', 'evening');
  expect(published).toEqual({
    code: 0,
    lines: [expect.stringMatching(`^"limit 1000" is live: ${id}, [0-9a-f]{64}$`)],
  });
  expect(await liveId()).toBe(id);
  expect(await run('rollback', 'too', 'strict')).toMatchObject({ code: 0 });
  expect(await liveId()).toBe(shipped);
  expect(await run('rollback')).toEqual({ code: 1, lines: ['refused: nothing_to_roll_back'] });
  const changes = await findChanges(database.knex, id);
  expect(changes.map(({ reason, role }) => [role, reason])).toEqual(
    expect.arrayContaining([
      ['operator', 'a calm evening'],
      ['operator', 'too strict'],
    ]),
  );
});

test('what it cannot take is misuse', async () => {
  for (const args of [[], ['lint'], ['publish'], ['publish', 'x'], ['anything']])
    expect(await run(...args)).toMatchObject({ code: 2 });
});

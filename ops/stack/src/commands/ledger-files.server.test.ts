import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase } from '@wallet/core-ledger';
import {
  createTestDatabase,
  insertAccounts,
  insertTransfers,
  type TestDatabase,
} from '@wallet/core-ledger/testing';
import { commands } from './table.ts';

let folder: string;
let source: TestDatabase;
let target: TestDatabase;

/** Two accounts, three transfers long ago. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wallet-files-'));
  [source, target] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const db = createDatabase({ url: source.url, applicationName: 'test files' });
  const [from = 0n, to = 0n] = await insertAccounts(db.knex, [
    { kind: 'external' },
    { kind: 'customer' },
  ]);
  for (const day of [3, 4, 5]) {
    const legs = [
      { accountId: from, amountMinor: -5n },
      { accountId: to, amountMinor: 5n },
    ];
    await insertTransfers(db.knex, [{ postedAt: new Date(Date.UTC(2026, 0, day)), legs }]);
  }
  await db.close();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await source.drop();
  await target.drop();
});

/** What the command says and its exit code. */
async function run(url: string, name: string, ...args: string[]): Promise<[number, string]> {
  const said: string[] = [];
  const print = (line: string): void => void said.push(line);
  const command = await commands[name]?.load();
  const code = await command?.(args, { environment: { DATABASE_URL: url }, print });
  return [code ?? -1, said.join('\n')];
}

test('export, import, export gives the same file; a bad one is told by its line', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  expect(await run(source.url, 'export', first)).toEqual([0, `9 lines written to ${first}`]);
  const text = await readFile(first, 'utf8');
  const bad = join(folder, 'bad');
  await writeFile(bad, text.replace('"amount_minor":"-5"', '"amount_minor":-5'));
  expect(await run(target.url, 'import', bad)).toEqual([
    1,
    `nothing was imported: bad_line\n` +
      `${bad}:6: entries[0].amount_minor must be an integer in a string`,
  ]);
  expect(await run(target.url, 'import', first)).toEqual([0, '9 lines imported, 3 transfers']);
  await run(target.url, 'export', second);
  expect(await readFile(second, 'utf8')).toBe(text);
  const [again, says] = await run(target.url, 'import', first);
  expect([again, says]).toEqual([1, expect.stringMatching(/nothing was imported: not_empty/)]);
});

test('an export never replaces a file', async () => {
  const file = join(folder, 'kept');
  await writeFile(file, 'kept');
  await expect(run(source.url, 'export', file)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(file, 'utf8')).toBe('kept');
});

test('an archive is refused by name', async () => {
  // The journal of the source has had no months of its own in the past.
  const divided = /month_divided: a part of the journal reaches beyond it/;
  expect(await run(source.url, 'archive', '--before', '2026-01')).toEqual([
    1,
    expect.stringMatching(divided),
  ]);
  // That of the target has, because it was imported, but nobody sealed it.
  expect(await run(target.url, 'archive', '--before', '2026-02')).toEqual([
    1,
    expect.stringMatching(/not_sealed: the hash chain does not cover it yet/),
  ]);
});

test.each([
  ['export'],
  ['export', 'a', 'b'],
  ['import', '--force'],
  ['archive'],
  ['archive', '--before', '2026-13'],
  ['archive', '2026-01'],
])('%s %s is misuse', async (name, ...args) => {
  expect(await run(source.url, name, ...args)).toEqual([2, expect.stringMatching(/^usage: /)]);
});

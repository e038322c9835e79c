import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSealer } from '../../chain/seal.ts';
import { verifyChain } from '../../chain/verify-chain.ts';
import { createDatabase } from '../../database/database.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../testing/index.ts';
import { insertAccounts, insertTransfers } from '../../testing/journal.ts';
import { archiveMonths } from '../journal/archive.ts';
import { divideJournal } from '../journal/months.ts';
import { listParts } from '../journal/parts.ts';
import { createLedgerReads } from '../reads/reads.ts';
import { exportLedger } from './export.ts';
import { importLedger } from './import.ts';

const closers: (() => Promise<void>)[] = [];
const openDatabase = async (): Promise<Database> => {
  const { url, drop } = await createTestDatabase();
  const db = createDatabase({ url, applicationName: 'test transport' });
  closers.push(async () => {
    await db.close();
    await drop();
  });
  return db;
};

let source: Database;
let lines: string[];
let accounts: bigint[];
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 2, 3, 4, 5, 6, 789);

beforeAll(async () => {
  source = await openDatabase();
  accounts = await fill(source);
  const { seal } = createSealer(source.knex, { patienceMs: 5_000 });
  await seal();
  lines = await collect(exportLedger(source.knex));
}, 60_000);
afterAll(async () => {
  for (const close of closers) await close();
});

/** Payments over three months, holds in each state, a capture, a reversal, back-dated, metadata. */
async function fill(db: Database): Promise<bigint[]> {
  await divideJournal(db.knex, '2026-03-01T00:00:00Z');
  const ids = await insertAccounts(db.knex, [
    { kind: 'external' },
    { kind: 'customer' },
    { kind: 'customer', limitMinor: 0n },
    { kind: 'external', currency: 'EUR' },
    { kind: 'customer', currency: 'EUR' },
    { kind: 'customer', currency: 'EUR' },
  ]);
  const leg = (index: number, amountMinor: bigint) => ({
    ...{ accountId: ids[index] ?? 0n, amountMinor },
  });
  const holdId = randomUUID();
  const days = Array.from({ length: 80 }, (_, day) => day);
  const payments = days.map((day) => ({
    postedAt: new Date(startMs + day * dayMs),
    legs: [leg(0, -10n), leg(1 + (day % 2), 10n), leg(3, -7n), leg(4, 7n)],
    ...(day % 7 === 0 ? { effectiveAt: new Date(startMs + (day - 9) * dayMs) } : {}),
    ...(day % 5 === 0 ? { reference: `rent ✓ ${day}`, metadata: { long: 'ü"\\', b: '2' } } : {}),
  }));
  const [first = ''] = await insertTransfers(db.knex, payments);
  const postedAt = new Date(startMs + 80 * dayMs);
  await insertTransfers(db.knex, [
    { postedAt, kind: 'payment', holdId, legs: [leg(1, -40n), leg(2, 40n)] },
    {
      ...{ postedAt, kind: 'reversal', reverses: first },
      legs: [leg(0, 10n), leg(1, -10n), leg(3, 7n), leg(4, -7n)],
    },
  ]);
  await db.knex.raw(`
    insert into hold (id, account_id, amount_minor, captured_minor, state, reason, expires_at,
      closed_at, metadata, payload_hash) values
      ('${holdId}', ${ids[1]}, 50, 40, 'open', 'authorization', now() + interval '1 day', null,
        '{"order": "7"}', 'x'),
      (gen_random_uuid(), ${ids[1]}, 5, 0, 'voided', 'review', now(), now(), null, null);
    update account set held_minor = 10 where id = ${ids[1]};
    update account set status = 'frozen' where id = ${ids[5]};
    insert into posting_result (id, payload_hash, kind, refusal, refused_item) values
      (gen_random_uuid(), 'y', 'chain', 'insufficient_funds', 2),
      (gen_random_uuid(), 'z', 'void', null, null)`);
  return ids;
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

const reasonOf = async (db: Database, text: readonly string[]) => {
  const result = await importLedger(db.knex, text);
  return result.ok ? result : { line: result.line, reason: result.reason, says: result.problem };
};
const counted = async (db: Database): Promise<unknown> => {
  const tables = ['wallet', 'account', 'hold', 'transfer', 'entry', 'chain_block'];
  const sums = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`);
  const found = await db.knex.raw<{ rows: unknown[] }>(`select ${sums.join(', ')}`);
  return found.rows[0];
};

test('an empty ledger becomes the same ledger, and goes on from there', async () => {
  const target = await openDatabase();
  expect(await importLedger(target.knex, lines)).toEqual({
    ...{ ok: true, lines: lines.length, transfers: 82 },
  });
  expect(await collect(exportLedger(target.knex))).toEqual(lines);
  const head = await verifyChain(source.knex);
  expect(head).toMatchObject({ transfers: 82, fault: null });
  expect(await verifyChain(target.knex)).toEqual(head);
  const seen = (db: Database) => createLedgerReads(db.knex).balances(accounts);
  expect(await seen(target)).toEqual(await seen(source));

  // What comes next gets the same numbers in both, and the chains stay the same.
  const [account] = await insertAccounts(target.knex, [{ kind: 'customer' }]);
  expect(account).toBe(BigInt(accounts.length) + 1n);
  const next = await target.knex.transaction(async (trx) => {
    const legs = [
      { accountId: accounts[0] ?? 0n, amountMinor: -1n },
      { accountId: account ?? 0n, amountMinor: 1n },
    ];
    const [id] = await insertTransfers(trx, [{ postedAt: new Date(), legs }]);
    return trx.raw<{ rows: unknown[] }>('select number from transfer where id = ?', [id ?? '']);
  });
  expect(next.rows).toEqual([{ number: '83' }]);
});

test('the imported journal has its months', async () => {
  const target = await openDatabase();
  await importLedger(target.knex, lines);
  const names = async (db: Database) => (await listParts(db.knex)).parts.map(({ name }) => name);
  expect(await names(target)).toEqual(await names(source));
});

test('what is archived is exported as openings', async () => {
  const archived = await openDatabase();
  await importLedger(archived.knex, lines);
  const result = await archiveMonths(archived.knex, new Date(Date.UTC(2026, 4)));
  expect(result).toMatchObject({ ok: true, accounts: 5 });
  const kept = await collect(exportLedger(archived.knex));
  const target = await openDatabase();
  expect(await importLedger(target.knex, kept)).toMatchObject({ ok: true, transfers: 82 });
  expect(await collect(exportLedger(target.knex))).toEqual(kept);
  expect(await verifyChain(target.knex)).toEqual(await verifyChain(archived.knex));
});

test('a database with anything in it is refused', async () => {
  expect(await reasonOf(source, lines)).toMatchObject({ line: null, reason: 'not_empty' });
});

describe('a bad line is told by its number and what is wrong; nothing is imported', () => {
  let target: Database;
  beforeAll(async () => {
    target = await openDatabase();
  });

  type Row = Record<string, unknown> & { entries: Record<string, unknown>[] };
  const at = (type: string, which = 0): number => {
    const found = lines.flatMap((line, index) =>
      line.includes(`"type":"${type}"`) ? [index] : [],
    );
    return found[which] ?? -1;
  };
  const changed = (index: number, change: (row: Row) => void): string[] => {
    const row = JSON.parse(lines[index] ?? '') as Row;
    change(row);
    return lines.with(index, JSON.stringify(row));
  };
  const swapped = (one: number, other: number): string[] =>
    lines.with(one, lines[other] ?? '').with(other, lines[one] ?? '');

  type Case = { what: string; lines: () => string[]; line: () => number; says: RegExp };
  const inTransfer = (what: string, change: (row: Row) => void, says: RegExp): Case => ({
    ...{ what, says, lines: () => changed(at('transfer', 3), change) },
    line: () => at('transfer', 3) + 1,
  });
  const cases: Case[] = [
    inTransfer(
      'an amount that is a number',
      (row) => (row.entries[0] = { ...row.entries[0], amount_minor: 5 }),
      /entries\[0\].amount_minor must be an integer in a string/,
    ),
    inTransfer(
      'an amount with a fraction',
      (row) => (row.entries[0] = { ...row.entries[0], amount_minor: '1.5' }),
      /an integer in a string/,
    ),
    inTransfer('a field that nobody knows', (row) => (row.fee = '1'), /unknown field fee/),
    inTransfer('a field that is missing', (row) => delete row.kind, /kind must be a string/),
    inTransfer(
      'a time without a zone',
      (row) => (row.posted_at = '2026-01-01T00:00:00'),
      /posted_at must be a UTC time/,
    ),
    inTransfer(
      'metadata that is no object of strings',
      (row) => (row.metadata = { a: 1 }),
      /metadata must be an object of strings/,
    ),
    inTransfer('entries that do not sum to zero', (row) => row.entries.pop(), /in EUR sum to -7/),
    inTransfer(
      'an entry on no account',
      (row) => (row.entries[0] = { ...row.entries[0], account_id: '99' }),
      /account 99 is unknown/,
    ),
    inTransfer(
      'a version left out',
      (row) => (row.entries[0] = { ...row.entries[0], version: '9' }),
      /entry \d+-9 follows version 3/,
    ),
    inTransfer(
      'a wrong running balance',
      (row) => (row.entries[0] = { ...row.entries[0], balance_after_minor: '9' }),
      /leaves 9, not -40/,
    ),
    inTransfer('a transfer without entries', (row) => (row.entries = []), /without entries/),
    inTransfer(
      'a transfer of an unknown future',
      (row) => {
        row.entries = row.entries.map((entry) => ({
          ...entry,
          posted_at: '2999-01-01T00:00:00.000000Z',
        }));
      },
      /no partition/,
    ),
    inTransfer(
      'an id that was there',
      (row) => (row.id = (JSON.parse(lines[at('transfer')] ?? '') as Row).id),
      /duplicate key/,
    ),
    inTransfer('a number again', (row) => (row.number = '3'), /number 3 comes after 3/),
    { what: 'not JSON', lines: () => lines.with(4, '{'), line: () => 5, says: /not JSON/ },
    {
      what: 'no object',
      lines: () => lines.with(4, '[]'),
      line: () => 5,
      says: /must be an object/,
    },
    {
      what: 'an unknown type',
      lines: () => lines.with(4, '{"type":"x"}'),
      line: () => 5,
      says: /unknown type "x"/,
    },
    {
      what: 'another format',
      lines: () => lines.with(0, '{"type":"ledger","format":2}'),
      line: () => 1,
      says: /format 2 is unknown/,
    },
    { what: 'no first line', lines: () => lines.slice(1), line: () => 1, says: /the first line/ },
    {
      what: 'types out of order',
      lines: () => swapped(at('account'), at('wallet')),
      line: () => at('wallet') + 2,
      says: /wallet comes after/,
    },
    {
      what: 'numbers out of order',
      lines: () => swapped(at('transfer', 0), at('transfer', 1)),
      line: () => at('transfer', 0) + 1,
      says: /entry \d+-2 follows version 0/,
    },
    {
      what: 'a file that was cut off',
      lines: () => lines.slice(0, -1),
      line: () => lines.length,
      says: /the end is missing/,
    },
    {
      what: 'lines left out of the middle',
      lines: () => lines.toSpliced(at('result'), 1),
      line: () => lines.length - 1,
      says: /the end of \d+ lines/,
    },
    {
      what: 'lines after the end',
      lines: () => [...lines, '{"type":"end","lines":1}'],
      line: () => lines.length + 1,
      says: /after the end/,
    },
    {
      what: 'an account with another balance',
      lines: () => changed(at('account', 1), (row) => (row.balance_minor = '1')),
      line: () => lines.length + 1,
      says: /has balance 1, its entries say/,
    },
    {
      what: 'an account that holds more',
      lines: () => changed(at('account', 1), (row) => (row.held_minor = '11')),
      line: () => lines.length + 1,
      says: /holds 11, its open holds 10/,
    },
  ];

  test.each(cases)('$what', async ({ lines: bad, line, says }) => {
    expect(await reasonOf(target, bad())).toEqual({
      ...{ reason: 'bad_line', line: line(), says: expect.stringMatching(says) as unknown },
    });
    expect(await counted(target)).toEqual({
      ...{ wallet: 0, account: 0, hold: 0, transfer: 0, entry: 0, chain_block: 0 },
    });
  });

  test('a transfer that the chain did not seal so', async () => {
    const bad = changed(at('transfer', 3), (row) => (row.reference = 'another'));
    expect(await reasonOf(target, bad)).toMatchObject({ reason: 'chain_broken', line: null });
    expect(await counted(target)).toMatchObject({ account: 0, transfer: 0 });
  });
});

test('an export is of one moment: what is posted meanwhile is not in it', async () => {
  const db = await openDatabase();
  await importLedger(db.knex, lines);
  const seen: string[] = [];
  for await (const line of exportLedger(db.knex)) {
    seen.push(line);
    if (seen.length > 1) continue;
    const legs = [
      { accountId: accounts[0] ?? 0n, amountMinor: -1n },
      { accountId: accounts[1] ?? 0n, amountMinor: 1n },
    ];
    await insertTransfers(db.knex, [{ postedAt: new Date(), legs }]);
  }
  expect(seen).toEqual(lines);
});

test('an export that is given up leaves no transaction open', async () => {
  const db = await openDatabase();
  for await (const line of exportLedger(db.knex)) if (line !== '') break;
  expect(db.connections().used).toBe(0);
});

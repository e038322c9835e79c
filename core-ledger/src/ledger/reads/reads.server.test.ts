import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDatabase } from '../../database/database.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../testing/index.ts';
import { insertAccounts, insertTransfers } from '../../testing/journal.ts';
import { divideJournal } from '../journal/months.ts';
import { createLedgerReads } from './reads.ts';
import type { LedgerReads } from './reads.ts';

/** Three months of a small ledger, the same in the database and in memory. */
type Row = { accountId: bigint; amountMinor: bigint; postedAt: number; effectiveAt: number };

let db: Database;
let drop: () => Promise<void>;
let reads: LedgerReads;
let accounts: bigint[];
const owner = randomUUID();
const rows: Row[] = [];
const startMs = Date.UTC(2026, 0, 10);
const dayMs = 86_400_000;
const days = 90;

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test reads' });
  reads = createLedgerReads(db.knex);
  await divideJournal(db.knex, '2026-01-01T00:00:00Z');
  accounts = await insertAccounts(db.knex, [
    { kind: 'customer', ownerId: owner },
    { kind: 'customer', ownerId: owner },
    { kind: 'external' },
    { kind: 'external', currency: 'EUR' },
    { kind: 'customer', currency: 'EUR', ownerId: owner },
    { kind: 'customer' },
  ]);
  await db.knex.transaction((trx) => populate(trx));
}, 60_000);
afterAll(async () => {
  await db.close();
  await drop();
});

/** Two transfers a day at the same moment; every fifth is dated back by up to forty days. */
async function populate(trx: Database['knex']): Promise<void> {
  for (let index = 0; index < days * 2; index += 1) {
    const postedMs = startMs + Math.floor(index / 2) * dayMs;
    const backMs = index % 5 === 0 ? ((index * 7) % 40) * dayMs + 1 : 0;
    const amountMinor = BigInt(1 + ((index * 37) % 100));
    const [from, to] = index % 3 === 0 ? [3, 4] : index % 2 === 0 ? [2, 0] : [2, 1];
    const legs = [
      { accountId: accounts[from] ?? 0n, amountMinor: -amountMinor },
      { accountId: accounts[to] ?? 0n, amountMinor },
    ];
    const effectiveAt = postedMs - backMs;
    await insertTransfers(trx, [
      {
        ...{ postedAt: new Date(postedMs), legs },
        ...(backMs > 0 ? { effectiveAt: new Date(effectiveAt) } : {}),
      },
    ]);
    for (const leg of legs) rows.push({ ...leg, postedAt: postedMs, effectiveAt });
  }
}

const sumOf = (accountId: bigint, counts: (row: Row) => boolean): bigint =>
  rows
    .filter((row) => row.accountId === accountId && counts(row))
    .reduce((sum, row) => sum + row.amountMinor, 0n);

/** Milliseconds around days of the ledger: before, at, just before and after, beyond. */
const moment = fc
  .record({ day: fc.integer({ min: -2, max: days + 2 }), ms: fc.constantFrom(-1, 0, 1, 5_000) })
  .map(({ day, ms }) => startMs + day * dayMs + ms);

describe('balances', () => {
  test('now', async () => {
    const balances = await reads.balances([...accounts, 999_999n]);
    for (const id of accounts) {
      expect(balances.get(id)).toMatchObject({
        accountId: id,
        balanceMinor: sumOf(id, () => true),
        heldMinor: 0n,
        version: BigInt(rows.filter((row) => row.accountId === id).length),
      });
    }
    expect(balances.has(999_999n)).toBe(false);
  });

  test('as of any posted and any effective time are what a look at every entry says', async () => {
    const property = fc.asyncProperty(
      fc.option(moment, { nil: undefined }),
      fc.option(moment, { nil: undefined }),
      async (knownMs, effectiveMs) => {
        const past = await reads.pastBalances({
          accountIds: accounts,
          ...(knownMs === undefined ? {} : { knownAt: new Date(knownMs) }),
          ...(effectiveMs === undefined ? {} : { effectiveAt: new Date(effectiveMs) }),
        });
        for (const id of accounts) {
          const known = (row: Row): boolean =>
            row.postedAt <= (knownMs ?? Infinity) && row.effectiveAt <= (effectiveMs ?? Infinity);
          expect(past.get(id)).toMatchObject({ ok: true, balanceMinor: sumOf(id, known) });
        }
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  test('an account that is not there is said to be', async () => {
    const past = await reads.pastBalances({ accountIds: [999_999n] });
    expect(past.get(999_999n)).toEqual({ ok: false, reason: 'unknown_account' });
  });
});

test('the overview shows the wallets of the owner with their accounts', async () => {
  const wallets = await reads.overview(owner);
  expect(wallets.map(({ currency }) => currency)).toEqual(['USD', 'USD', 'EUR']);
  expect(wallets.flatMap((wallet) => wallet.accounts)).toMatchObject([
    { accountId: accounts[0], balanceMinor: sumOf(accounts[0] ?? 0n, () => true) },
    { accountId: accounts[1], balanceMinor: sumOf(accounts[1] ?? 0n, () => true) },
    { accountId: accounts[4], balanceMinor: sumOf(accounts[4] ?? 0n, () => true) },
  ]);
  expect(await reads.overview(randomUUID())).toEqual([]);
});

test('the trial balance, now and in the past, is equal on both sides', async () => {
  for (const at of [undefined, startMs - 1, startMs, startMs + 40 * dayMs, startMs + 400 * dayMs]) {
    const options = at === undefined ? {} : { postedAt: new Date(at) };
    const trial = await reads.trialBalance(options);
    if (!trial.ok) throw new Error(trial.reason);
    const posted = (row: Row): boolean => row.postedAt <= (at ?? Infinity);
    expect(
      trial.currencies.map(({ currency, creditMinor, debitMinor, differenceMinor }) => ({
        currency,
        creditMinor,
        debitMinor,
        differenceMinor,
      })),
    ).toEqual(
      [
        ['EUR', 3],
        ['USD', 2],
      ].map(([currency, external]) => ({
        currency,
        creditMinor: -sumOf(accounts[Number(external)] ?? 0n, posted),
        debitMinor: -sumOf(accounts[Number(external)] ?? 0n, posted),
        differenceMinor: 0n,
      })),
    );
    expect(trial.currencies[1]?.rows.map(({ kind, accounts: count }) => [kind, count])).toEqual([
      ['customer', 3],
      ['external', 1],
    ]);
  }
});

describe('statements', () => {
  const pagesOf = async (accountId: bigint, from: number, to: number, limit: number) => {
    const opened = await reads.statement({ accountId, from: new Date(from), to: new Date(to) });
    if (!opened.ok) throw new Error(opened.reason);
    const entries = [];
    for (let after: bigint | null = null, more = true; more;) {
      const page = await reads.statementPage(opened.statement, { after, limit });
      entries.push(...page.entries);
      after = page.next;
      more = after !== null;
    }
    return { statement: opened.statement, entries };
  };

  test('of any period: opening, every entry in order, closing', async () => {
    const property = fc.asyncProperty(
      fc.tuple(moment, moment).filter(([from, to]) => from < to),
      fc.constantFrom(...[0, 2, 5]),
      fc.constantFrom(1, 7, 1000),
      async ([from, to], which, limit) => {
        const id = accounts[which] ?? 0n;
        const { statement, entries } = await pagesOf(id, from, to, limit);
        const within = (row: Row): boolean => row.postedAt >= from && row.postedAt < to;
        const own = rows.filter((row) => row.accountId === id && within(row));
        expect(entries.map((entry) => entry.amountMinor)).toEqual(own.map((r) => r.amountMinor));
        expect(statement).toMatchObject({
          openingMinor: sumOf(id, (row) => row.postedAt < from),
          closingMinor: sumOf(id, (row) => row.postedAt < to),
        });
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test('a page beyond the end is empty', async () => {
    const period = { from: new Date(startMs), to: new Date(startMs + 9 * dayMs) };
    const opened = await reads.statement({ accountId: accounts[0] ?? 0n, ...period });
    if (!opened.ok) throw new Error(opened.reason);
    const page = await reads.statementPage(opened.statement, { after: 999n, limit: 5 });
    expect(page).toEqual({ entries: [], next: null });
  });

  test('a wrong period and an unknown account are refused by name', async () => {
    const at = new Date(startMs);
    const accountId = accounts[0] ?? 0n;
    const refused = await reads.statement({ accountId, from: at, to: at });
    expect(refused).toEqual({ ok: false, reason: 'invalid_period' });
    const to = new Date(startMs + 1);
    const unknown = await reads.statement({ accountId: 999_999n, from: at, to });
    expect(unknown).toEqual({ ok: false, reason: 'unknown_account' });
  });

  /** Past triggers, as a superuser can; put back by the rollback. */
  const own = (version: number): string =>
    `where account_id = ${accounts[0]} and version = ${version}`;
  const corruptions: [what: string, foundBy: 'head' | 'page', sql: () => string][] = [
    ['an amount changed', 'head', () => `update entry set amount_minor = 1 ${own(5)}`],
    [
      'an entry merged into the next',
      'head',
      () => `update entry set amount_minor = amount_minor
          + (select amount_minor from entry ${own(6)}) ${own(7)};
        delete from entry ${own(6)}`,
    ],
    [
      'a running balance changed',
      'page',
      () => `update entry set balance_after_minor = balance_after_minor + 1 ${own(5)}`,
    ],
    [
      'two amounts changed that even out',
      'page',
      () => `update entry set amount_minor = amount_minor + 1 ${own(5)};
        update entry set amount_minor = amount_minor - 1 ${own(6)}`,
    ],
  ];
  test.each(corruptions)('%s is a fault of the %s, never a statement', async (_what, by, sql) => {
    const id = accounts[0] ?? 0n;
    const period = { accountId: id, from: new Date(startMs), to: new Date(startMs + 60 * dayMs) };
    const fault = { code: 'statement_mismatch' };
    const rollback = new Error('rolled back on purpose');
    const check = db.knex.transaction(async (trx) => {
      await trx.raw(`set local session_replication_role = replica`);
      await trx.raw(sql());
      const read = createLedgerReads(trx);
      if (by === 'head') await expect(read.statement(period)).rejects.toMatchObject(fault);
      else {
        const opened = await read.statement(period);
        if (!opened.ok) throw new Error(opened.reason);
        const page = read.statementPage(opened.statement, { after: null, limit: 100 });
        await expect(page).rejects.toMatchObject(fault);
      }
      throw rollback;
    });
    await expect(check).rejects.toBe(rollback);
  });

  test('an entry that is missing is a fault', async () => {
    const id = accounts[0] ?? 0n;
    const period = { accountId: id, from: new Date(startMs), to: new Date(startMs + 60 * dayMs) };
    const check = (read: (reads: LedgerReads) => Promise<unknown>): Promise<unknown> =>
      db.knex.transaction(async (trx) => {
        await trx.raw(`set local session_replication_role = replica`);
        await trx.raw(`delete from entry where account_id = ${id} and version between 3 and 9`);
        await read(createLedgerReads(trx));
        throw new Error('it was not seen');
      });
    const statement = check((of) => of.statement(period));
    await expect(statement).rejects.toMatchObject({ code: 'statement_mismatch' });
    const halfway = new Date(startMs + 10 * dayMs);
    const past = check((of) => of.pastBalances({ accountIds: [id], knownAt: halfway }));
    await expect(past).rejects.toMatchObject({ code: 'journal_gap' });
  });
});

test('entries of a wallet, newest first, over the months', async () => {
  const [wallet] = await reads.overview(owner);
  const walletId = wallet?.walletId ?? '';
  const shown: bigint[] = [];
  for (let after: Record<string, string> | null = null, more = true; more;) {
    const page = await reads.entries({ walletId, limit: 7, after });
    shown.push(...page.entries.map((entry) => entry.amountMinor));
    after = page.next;
    more = after !== null;
  }
  const own = rows.filter((row) => row.accountId === accounts[0]).map((row) => row.amountMinor);
  expect(shown).toEqual(own.reverse());
});

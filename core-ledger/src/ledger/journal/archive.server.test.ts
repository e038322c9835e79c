import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase } from '../../database/database.ts';
import type { Database, Queryable } from '../../database/database.ts';
import { invariants } from '../../invariants/invariants.ts';
import { checkInvariant } from '../../invariants/verify.ts';
import { createTestDatabase } from '../../testing/index.ts';
import { insertAccounts, insertTransfers } from '../../testing/journal.ts';
import { createLedgerReads } from '../reads/reads.ts';
import { archiveMonths } from './archive.ts';
import { divideJournal } from './months.ts';

let db: Database;
let drop: () => Promise<void>;
let accounts: bigint[];
const dayMs = 86_400_000;
const month = (ofYear: number): Date => new Date(Date.UTC(2026, ofYear - 1));
const startMs = month(1).getTime();

/** Four months, a transfer a day; the last account has none after the first month. */
beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test archive' });
  await divideJournal(db.knex, month(1).toISOString());
  accounts = await insertAccounts(db.knex, [
    { kind: 'external' },
    { kind: 'customer' },
    { kind: 'customer' },
    { kind: 'customer' },
  ]);
  await db.knex.transaction(async (trx) => {
    for (let day = 0; day < 110; day += 1) {
      const postedAt = new Date(startMs + day * dayMs);
      const effectiveAt = new Date(postedAt.getTime() - 20 * dayMs);
      const minor = BigInt(10 + day);
      const payee = accounts[day < 20 ? 3 : 1 + (day % 2)] ?? 0n;
      await insertTransfers(trx, [
        {
          ...{ postedAt, ...(day % 9 === 8 ? { effectiveAt } : {}) },
          legs: [
            { accountId: accounts[0] ?? 0n, amountMinor: -minor },
            { accountId: payee, amountMinor: minor },
          ],
        },
      ]);
    }
  });
});
afterAll(async () => {
  await db.close();
  await drop();
});

const rollback = new Error('rolled back on purpose');

/** Runs in a transaction that leaves nothing behind. */
async function tryOut(use: (trx: Queryable) => Promise<void>): Promise<void> {
  const tried = db.knex.transaction(async (trx) => {
    await use(trx);
    throw rollback;
  });
  await expect(tried).rejects.toBe(rollback);
}

const sealAll = (trx: Queryable): Promise<unknown> =>
  trx.raw(`insert into chain_block (height, first_number, last_number, transfer_count,
      previous_hash, hash, leaves)
    select 1, min(number), max(number), count(*), '', '', '' from transfer`);

/** Everything that can be read of what was posted from a month on. */
async function readFrom(trx: Queryable, from: Date): Promise<unknown[]> {
  const reads = createLedgerReads(trx);
  const seen: unknown[] = [await reads.balances(accounts), await reads.trialBalance()];
  for (let ms = from.getTime(); ms < startMs + 115 * dayMs; ms += 4.5 * dayMs) {
    const at = new Date(ms);
    const later = new Date(ms + 15 * dayMs);
    seen.push(await reads.pastBalances({ accountIds: accounts, knownAt: at }));
    seen.push(await reads.pastBalances({ accountIds: accounts, effectiveAt: at }));
    seen.push(await reads.pastBalances({ accountIds: accounts, knownAt: later, effectiveAt: at }));
    seen.push(await reads.trialBalance({ postedAt: at }));
    for (const accountId of accounts) {
      const opened = await reads.statement({ accountId, from: at, to: later });
      seen.push(opened);
      if (!opened.ok) continue;
      seen.push(await reads.statementPage(opened.statement, { after: null, limit: 100 }));
    }
  }
  return seen;
}

test('after it, balances and statements of what is kept are the same, once and again', () =>
  tryOut(async (trx) => {
    await sealAll(trx);
    const before = await readFrom(trx, month(2));
    const beforeLater = await readFrom(trx, month(3));
    expect(await archiveMonths(trx, month(2))).toEqual({
      ...{ ok: true, accounts: 4 },
      tables: ['archived_entry_until_partitioned', 'archived_entry_2026_01'],
    });
    expect(await readFrom(trx, month(2))).toEqual(before);
    expect(await archiveMonths(trx, month(3))).toEqual({
      ...{ ok: true, accounts: 3, tables: ['archived_entry_2026_02'] },
    });
    expect(await readFrom(trx, month(3))).toEqual(beforeLater);
    const kept = await trx.raw<{ rows: { count: string }[] }>(
      'select count(*) from archived_entry_2026_01',
    );
    expect(kept.rows).toEqual([{ count: '62' }]);
  }));

test('after it, the verifier finds nothing wrong, but what is changed after it', () =>
  tryOut(async (trx) => {
    await sealAll(trx);
    await archiveMonths(trx, month(3));
    const broken = async (): Promise<string[]> => {
      const ids = [];
      for (const invariant of invariants) {
        // The chain of this test is made up.
        if (!['I1', 'I2', 'I3', 'I4', 'I5', 'I10'].includes(invariant.id)) continue;
        if ((await checkInvariant(trx, invariant, null)).violations > 0) ids.push(invariant.id);
      }
      return ids;
    };
    expect(await broken()).toEqual([]);
    await trx.raw('update entry_opening set balance_minor = balance_minor + 1');
    expect(await broken()).toEqual(['I3']);
    await trx.raw(
      'update entry_opening set balance_minor = balance_minor - 1, version = version + 1',
    );
    expect(await broken()).toEqual(['I3', 'I10']);
  }));

test('what lies in the archive is refused by name, not answered wrongly', () =>
  tryOut(async (trx) => {
    await sealAll(trx);
    await archiveMonths(trx, month(2));
    const reads = createLedgerReads(trx);
    const at = new Date(month(2).getTime() - 1);
    const refused = { ok: false, reason: 'archived' };
    const [, accountId = 0n] = accounts;
    expect(await reads.statement({ accountId, from: at, to: month(3) })).toEqual(refused);
    expect(await reads.trialBalance({ postedAt: at })).toEqual(refused);
    for (const axis of ['knownAt', 'effectiveAt']) {
      const past = await reads.pastBalances({ accountIds: [accountId], [axis]: at });
      expect(past.get(accountId)).toEqual(refused);
    }
  }));

test('transfers that are not sealed in the chain are not archived', () =>
  tryOut(async (trx) => {
    const notSealed = { ok: false, reason: 'not_sealed' };
    expect(await archiveMonths(trx, month(2))).toEqual(notSealed);
    await trx.raw(`insert into chain_block (height, first_number, last_number, transfer_count,
      previous_hash, hash, leaves) values (1, 1, 31, 31, '', '', '')`);
    // The thirty-second was posted in the first second of February.
    expect(await archiveMonths(trx, month(2))).toEqual(notSealed);
    await trx.raw(`insert into chain_block (height, first_number, last_number, transfer_count,
      previous_hash, hash, leaves) values (2, 32, 32, 1, '', '', '')`);
    expect(await archiveMonths(trx, month(2))).toMatchObject({ ok: true });
  }));

test('the present month, one just over, part of a month and nothing at all are refused', () =>
  tryOut(async (trx) => {
    await sealAll(trx);
    const now = new Date();
    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
    const notOver = { ok: false, reason: 'month_not_over' };
    expect(await archiveMonths(trx, next)).toEqual(notOver);
    expect(await archiveMonths(trx, new Date(Date.now() - dayMs / 2))).toEqual(notOver);
    const middle = new Date(startMs + 10 * dayMs);
    expect(await archiveMonths(trx, middle)).toEqual({ ok: false, reason: 'month_divided' });
    const longAgo = new Date(startMs - 1000 * dayMs);
    await archiveMonths(trx, month(1));
    expect(await archiveMonths(trx, longAgo)).toEqual({
      ...{ ok: false, reason: 'nothing_to_archive' },
    });
  }));

test('an account whose time ran backwards over the boundary is a fault, and nothing is done', () =>
  tryOut(async (trx) => {
    await sealAll(trx);
    await trx.raw(`insert into entry (account_id, version, amount_minor, balance_after_minor,
      posted_at, transfer_id) values (${accounts[1]}, 1, 1, 1, '2026-03-05Z', gen_random_uuid())`);
    const archiving = trx.transaction((inner) => archiveMonths(inner, month(3)));
    await expect(archiving).rejects.toMatchObject({ code: 'versions_out_of_order' });
    const openings = await trx.raw<{ rows: unknown[] }>('select from entry_opening');
    expect(openings.rows).toEqual([]);
  }));

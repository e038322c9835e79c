import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../../database/database.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../testing/index.ts';
import { createMonthsAhead } from './months.ts';
import { listParts } from './parts.ts';

let db: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test months', poolSize: 8 });
});
afterAll(async () => {
  await db.close();
  await drop();
});

const monthStart = (nowMs: number, ahead: number): number => {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead);
};

/** As after three months in which nobody made any: only the present one is left. */
beforeEach(async () => {
  const { parts, nowMs } = await listParts(db.knex);
  for (const { name, fromMs } of parts) {
    if (fromMs > nowMs) await db.knex.raw('drop table ??', [name]);
  }
});

const insertEntry = `insert into entry (account_id, version, amount_minor, balance_after_minor,
  transfer_id) values (1, (random() * 1e15)::bigint, 1, 1, gen_random_uuid())`;

test('the present month and three ahead are made; again changes nothing', async () => {
  const { coveredUntilMs } = await createMonthsAhead(db.knex);
  const { parts, nowMs } = await listParts(db.knex);
  expect(coveredUntilMs).toBe(monthStart(nowMs, 4));
  expect(parts.map(({ untilMs }) => untilMs)).toEqual(
    [1, 2, 3, 4].map((ahead) => monthStart(nowMs, ahead)),
  );
  expect(await createMonthsAhead(db.knex)).toEqual({ coveredUntilMs });
  expect((await listParts(db.knex)).parts).toEqual(parts);
});

test('an entry of a made month goes to it, and cannot be changed there', async () => {
  await createMonthsAhead(db.knex);
  const { parts, nowMs } = await listParts(db.knex);
  const rollback = new Error('rolled back on purpose');
  const name = parts.at(-1)?.name ?? '';
  const write = db.knex.transaction(async (trx) => {
    const postedAt = new Date(monthStart(nowMs, 3)).toISOString();
    await trx.raw(
      `insert into entry (posted_at, account_id, version, amount_minor, balance_after_minor,
         transfer_id) values (?, 1, 1, 1, 1, gen_random_uuid())`,
      [postedAt],
    );
    const found = await trx.raw<{ rowCount: number }>('select from ??', [name]);
    expect(found.rowCount).toBe(1);
    await trx.transaction((inner) => inner.raw('update ?? set amount_minor = 2', [name]));
    throw rollback;
  });
  await expect(write).rejects.toMatchObject({ code: 'WA001' });
});

test('a gap in the months is filled, and is the end of what is covered until then', async () => {
  await createMonthsAhead(db.knex);
  const { parts, nowMs } = await listParts(db.knex);
  const second = parts.find(({ fromMs }) => fromMs === monthStart(nowMs, 2));
  await db.knex.raw('drop table ??', [second?.name ?? '']);
  expect(await createMonthsAhead(db.knex)).toEqual({ coveredUntilMs: monthStart(nowMs, 4) });
  expect((await listParts(db.knex)).parts).toEqual(parts);
});

test('several processes at once make each month once', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => createMonthsAhead(db.knex)));
  expect(new Set(all.map(({ coveredUntilMs }) => coveredUntilMs)).size).toBe(1);
});

test('months are those of UTC wherever the session is', async () => {
  const rollback = new Error('rolled back on purpose');
  const making = db.knex.transaction(async (trx) => {
    await trx.raw(`set local timezone = 'America/New_York'`);
    const { nowMs } = await listParts(trx);
    const starts = Array.from({ length: 12 }, (_, index) => monthStart(nowMs, 5 + index));
    for (const start of starts) {
      await trx.raw('select create_entry_month(?::timestamptz)', [new Date(start).toISOString()]);
    }
    const made = (await listParts(trx)).parts.filter(({ fromMs }) => fromMs >= (starts[0] ?? 0));
    expect(made.map(({ fromMs }) => fromMs)).toEqual(starts);
    expect(made.at(-1)?.untilMs).toBe(monthStart(nowMs, 17));
    throw rollback;
  });
  await expect(making).rejects.toBe(rollback);
});

describe('writers are not held up', () => {
  test('a month is attached while entries are written, and the other way round', async () => {
    const rollback = new Error('rolled back on purpose');
    const writing = db.knex.transaction(async (trx) => {
      await trx.raw(insertEntry);
      // The transaction is open and has locked the journal as writers do.
      await createMonthsAhead(db.knex);
      throw rollback;
    });
    await expect(writing).rejects.toBe(rollback);
    const attaching = db.knex.transaction(async (trx) => {
      const { nowMs } = await listParts(trx);
      const later = new Date(monthStart(nowMs, 7)).toISOString();
      await trx.raw('select create_entry_month(?::timestamptz)', [later]);
      // The month is attached and not committed: a writer and a reader go on beside it.
      await db.knex.transaction(async (other) => {
        await other.raw(`set local lock_timeout = '200ms'`);
        await other.raw(insertEntry);
        await other.raw('select count(*) from entry');
      });
      throw rollback;
    });
    await expect(attaching).rejects.toBe(rollback);
  });

  test('who cannot have the lock within a second gives way, and may try again', async () => {
    const rollback = new Error('rolled back on purpose');
    const blocked = db.knex.transaction(async (trx) => {
      await trx.raw('lock table entry in share update exclusive mode');
      await expect(createMonthsAhead(db.knex)).rejects.toMatchObject({ code: '55P03' });
      throw rollback;
    });
    await expect(blocked).rejects.toBe(rollback);
  });
});

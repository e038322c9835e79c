import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../testing/index.ts';
import { createConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { createDatabase } from './database.ts';
import type { Database } from './database.ts';
import { isRetriable } from './sqlstates.ts';
import { createBatchStatement } from './statements.ts';
import type { Statement } from './statements.ts';

let url: string;
let drop: () => Promise<void>;
let db: Database;
const open: Connection[] = [];

beforeAll(async () => {
  ({ url, drop } = await createTestDatabase());
  db = createDatabase({ url, applicationName: 'test connection pool' });
  await db.knex.raw('create table note (id int primary key, text text)');
  await db.knex.raw(`insert into note values (1, 'one'), (2, 'two')`);
});
afterEach(async () => {
  for (const connection of open.splice(0)) await connection.close();
});
afterAll(async () => {
  await db.close();
  await drop();
});

async function connect(applicationName = `test ${randomUUID()}`) {
  const connection = await createConnection({ url, applicationName });
  open.push(connection);
  return { connection, applicationName };
}

const sql = (name: string, text: string): Statement => ({ name, text, values: [] });
const write = (id: number, text: string): Statement => ({
  name: 'write_note',
  text: 'update note set text = $2::text where id = $1::int',
  values: [id, text],
});
const noteOf = async (id: number): Promise<string> =>
  (await db.knex<{ id: number; text: string }>('note').where({ id }).first())?.text ?? '';

describe('a transaction', () => {
  test('writes all or nothing, and tells which statement failed', async () => {
    const { connection } = await connect();
    const transaction = await connection.begin([sql('look', 'select 1')]);
    const committing = transaction.commit([write(1, 'changed'), sql('divide', 'select 1 / 0')]);
    await expect(committing).rejects.toMatchObject({
      ...{ code: '22012', statement: 'divide', retriable: false },
    });
    expect(await noteOf(1)).toBe('one');
    // The connection is whole: the next transaction is not inside the failed one.
    await (await connection.begin([])).commit([write(1, 'uno')]);
    expect(await noteOf(1)).toBe('uno');
  });

  test('that failed before its commit is told so: the server gives no error', async () => {
    const { connection } = await connect();
    const transaction = await connection.begin([write(1, 'gone')]);
    await expect(transaction.flight([sql('divide', 'select 1 / 0')])).rejects.toThrow();
    await expect(transaction.commit([])).rejects.toMatchObject({ code: 'rolled_back' });
    expect(await noteOf(1)).not.toBe('gone');
  });

  test('that fails at its beginning is over', async () => {
    const { connection } = await connect();
    const begun = connection.begin([sql('missing', 'select * from nowhere')]);
    await expect(begun).rejects.toMatchObject({ code: '42P01', retriable: false });
    const [state] = await connection.flight([
      sql('state', 'select pg_current_xact_id_if_assigned()'),
    ]);
    expect(state?.rows).toEqual([[null]]);
  });

  test('does not move to another connection when its own is lost', async () => {
    const { connection, applicationName } = await connect();
    const transaction = await connection.begin([write(2, 'lost')]);
    await killBackends(applicationName);
    await expect(transaction.commit([write(1, 'stray')])).rejects.toMatchObject({
      ...{ code: 'commit_unknown', retriable: true },
    });
    expect([await noteOf(1), await noteOf(2)]).not.toContain('stray');
    expect(await noteOf(2)).toBe('two');
    expect(connection.sessionId()).toBe(1);
    await connection.flight([sql('again', 'select 1')]);
    expect(connection.sessionId()).toBe(2);
  });

  test('gives up a row that someone else keeps locked', async () => {
    const { connection } = await connect();
    const other = await db.knex.transaction();
    await other.raw('select from note where id = 1 for update');
    await expect(connection.begin([write(1, 'late')])).rejects.toMatchObject({
      ...{ code: '55P03', retriable: true, statement: 'write_note' },
    });
    await other.rollback();
  });
});

test('an idle connection that is killed hurts nobody: the next flight has a new one', async () => {
  const { connection, applicationName } = await connect();
  await killBackends(applicationName);
  let answers;
  for (let attempt = 0; answers === undefined && attempt < 2; attempt += 1) {
    answers = await connection.flight([sql('look', 'select 7')]).catch((error: unknown) => {
      expect(isRetriable(error)).toBe(true);
      return undefined;
    });
  }
  expect(answers?.[0]?.rows).toEqual([['7']]);
});

test('a server that is not there is a retriable fault, soon', async () => {
  const away = createConnection({ url: 'postgres://x@127.0.0.1:1/x', applicationName: 'test' });
  await expect(away).rejects.toMatchObject({ retriable: true, statement: 'connect' });
});

test('columns arrive as they were given, nulls and empty arrays too', async () => {
  const { connection } = await connect();
  const echo = createBatchStatement({
    name: 'echo',
    text: `select i2, i4, i8, b, extract(epoch from ts) * 1000, encode(by, 'hex'), tx, u
      from $rows as r (i2, i4, i8, b, ts, by, tx, u)`,
    columns: {
      ...{ i2: 'int2', i4: 'int4', i8: 'int8', b: 'bool' },
      ...{ ts: 'timestamptz', by: 'bytea', tx: 'text', u: 'uuid' },
    },
  });
  const { columns } = echo;
  const uuid = 'ABCDEF01-2345-6789-abcd-ef0123456789';
  const text = 'größer € 😀 "\\{},'.repeat(2_000);
  for (const sign of [1, -1]) {
    columns.i2.add(sign * 32_767);
    columns.i4.add(sign * 2_147_483_647);
    columns.i8.add(BigInt(sign) * 9_223_372_036_854_775_807n);
    columns.b.add(sign > 0);
    columns.ts.add(sign > 0 ? 1_763_860_000_123 : 946_684_799_999);
    columns.by.add(Buffer.from([0, 255, sign & 255]));
    columns.tx.add(sign > 0 ? text : '');
    columns.u.add(uuid);
  }
  for (const column of Object.values(columns)) column.add(null);
  const [answer] = await connection.flight([echo.statement()]);
  expect(answer?.rows).toEqual([
    [
      ...['32767', '2147483647', '9223372036854775807', 't', '1763860000123.000000'],
      ...['00ff01', text, uuid.toLowerCase()],
    ],
    [
      ...['-32767', '-2147483647', '-9223372036854775807', 'f', '946684799999.000000'],
      ...['00ffff', '', uuid.toLowerCase()],
    ],
    Array.from({ length: 8 }, () => null),
  ]);
  echo.reset();
  const [empty] = await connection.flight([echo.statement()]);
  expect(empty?.rows).toEqual([]);
});

test.each(['', 'x'.repeat(36), `${'0'.repeat(8)}-0000-0000-0000_000000000000`, 'é'.repeat(36)])(
  'not a uuid: %p',
  (value) => {
    const { columns } = createBatchStatement({ name: 'x', text: '$rows', columns: { id: 'uuid' } });
    expect(() => columns.id.add(value)).toThrow(RangeError);
  },
);

async function killBackends(applicationName: string): Promise<void> {
  const killed = await db.knex.raw<{ rows: { killed: boolean }[] }>(
    `select pg_terminate_backend(pid, 5000) as killed from pg_stat_activity
     where application_name = ?`,
    [applicationName],
  );
  expect(killed.rows).toEqual([{ killed: true }]);
}

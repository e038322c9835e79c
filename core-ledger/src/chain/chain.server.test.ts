import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import { createSealer } from './seal.ts';
import { verifyChain } from './verify-chain.ts';

let url: string;
let drop: () => Promise<void>;
let db: Database;

beforeAll(async () => {
  ({ url, drop } = await createTestDatabase());
  db = createDatabase({ url, applicationName: 'test chain' });
});
afterAll(async () => {
  await db.close();
  await drop();
});

const trusting = { patienceMs: 5_000 };

/** Posts transfers of two entries between accounts 1 and 2; only the shape of rows matters here. */
const post = (count: number): Promise<unknown> =>
  db.knex.raw(`
    with t as (
      insert into transfer (id, kind, payment_id, intent_id, effective_at, payload_hash, reference,
        metadata)
      select gen_random_uuid(), 'payment', gen_random_uuid(), null,
        statement_timestamp() - interval '1 day', '\\x000102030405060708090a0b0c0d0e0f',
        'Zürich ' || i, jsonb_build_object('note', 'a "quoted" ☃', 'b', '1', 'aa', i::text)
      from generate_series(1, ${count}) i returning id, effective_at)
    insert into entry (account_id, version, amount_minor, balance_after_minor, transfer_id,
      effective_at)
    select a, coalesce((select max(version) from entry), 0) + row_number() over (order by id),
      50 * (2 * a - 3), 7, id, effective_at from t, generate_series(1, 2) a`);

/** Three blocks of three transfers, and two transfers that are not sealed yet. */
beforeEach(async () => {
  await asSuperuser(['truncate transfer, entry, chain_block, entry_opening restart identity']);
  const sealer = createSealer(db.knex, trusting);
  for (let block = 1; block <= 3; block += 1) {
    await post(3);
    await sealer.seal();
  }
  await post(2);
});

/** Past every trigger, as nobody of the product can. */
async function asSuperuser(statements: string[]): Promise<void> {
  await db.knex.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    for (const statement of statements) await trx.raw(statement);
  });
}

test('an outsider who has the rows and the form recomputes the head', async () => {
  const { rows } = await db.knex.raw<{ rows: Outsider[] }>(`
    select t.number, t.id, t.kind, t.payment_id, t.intent_id, t.hold_id, t.reverses, t.chain_id,
      extract(epoch from t.posted_at - '2000-01-01Z') * 1000000 as posted,
      extract(epoch from t.effective_at - '2000-01-01Z') * 1000000 as effective,
      t.payload_hash, t.reference, t.metadata,
      array_agg(format('%s %s %s %s', e.account_id, e.version, e.amount_minor,
        e.balance_after_minor) order by e.account_id, e.version) as entries
    from transfer t join entry e on e.transfer_id = t.id
    where number <= 9 group by t.id order by number`);
  expect(rows).toHaveLength(9);
  const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest();
  let head = sha256('wallet ledger chain 1');
  for (const row of rows) head = sha256(Buffer.concat([head, sha256(bytesOf(row))]));
  const verdict = await verifyChain(db.knex);
  expect(verdict).toMatchObject({ height: 3, transfers: 9, archived: 0, fault: null });
  expect(verdict.head).toBe(head.toString('hex'));
});

type Outsider = Record<'number' | 'id' | 'kind' | 'posted' | 'reference', string> &
  Record<'payment_id' | 'intent_id' | 'hold_id' | 'reverses' | 'chain_id', string | null> & {
    effective: string | null;
    payload_hash: Buffer | null;
    metadata: Record<string, string>;
    entries: string[];
  };

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: string): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value.replace(/\..*/, '')));
  return bytes;
};

function bytesOf(row: Outsider): Buffer {
  const uuid = (id: string | null) =>
    id === null ? null : Buffer.from(id.replaceAll('-', ''), 'hex');
  const text = (value: string) => Buffer.from(value, 'utf8');
  const keys = Object.keys(row.metadata).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const metadata = keys.map((key) => `"${key}": ${JSON.stringify(row.metadata[key])}`).join(', ');
  const entries = row.entries.flatMap((entry) => entry.split(' ').map(int64));
  const columns: [number, Buffer | null][] = [
    [20, int64(row.number)],
    [2950, uuid(row.id)],
    [25, text(row.kind)],
    ...[row.payment_id, row.intent_id, row.hold_id, row.reverses, row.chain_id].map(
      (id): [number, Buffer | null] => [2950, uuid(id)],
    ),
    [1184, int64(row.posted)],
    [1184, row.effective === null ? null : int64(row.effective)],
    [17, row.payload_hash],
    [25, text(row.reference)],
    [25, text(`{${metadata}}`)],
    [17, Buffer.concat(entries)],
  ];
  const parts = columns.flatMap(([type, value]) =>
    value === null ? [int32(type), int32(-1)] : [int32(type), int32(value.length), value],
  );
  return Buffer.concat([int32(columns.length), ...parts]);
}

test('the same transfers have the same head, wherever their blocks end', async () => {
  await createSealer(db.knex, trusting).seal();
  const { head } = await verifyChain(db.knex);
  await asSuperuser(['truncate chain_block']);
  const sealed = await createSealer(db.knex, trusting).seal();
  expect(sealed).toMatchObject({ height: 1, head, transfers: 11, oldestUnsealedAtMs: null });
});

test('two sealers at once make one chain', async () => {
  const sealers = [createSealer(db.knex, trusting), createSealer(db.knex, trusting)];
  for (let round = 0; round < 10; round += 1) {
    await post(5);
    await Promise.all(sealers.map((sealer) => sealer.seal()));
  }
  await sealers[0]?.seal();
  expect(await verifyChain(db.knex)).toMatchObject({ transfers: 61, fault: null });
});

test('a number drawn but not committed is waited for, however ids and ends cross', async () => {
  const [early, late] = [new pg.Client(url), new pg.Client(url)];
  await Promise.all([early.connect(), late.connect()]);
  const insert = `insert into transfer (id, kind) values (gen_random_uuid(), 'payment')`;
  try {
    // Neither the order of ids nor that of commits is the order of numbers.
    await early.query('begin');
    await early.query('select pg_current_xact_id()');
    await late.query('begin');
    await late.query('select pg_current_xact_id()');
    await late.query(insert); // number 12
    await early.query(insert); // number 13
    await early.query('commit');
    const sealer = createSealer(db.knex, { patienceMs: 0 });
    expect(await sealer.seal()).toMatchObject({ height: 3, transfers: 0 });
    expect((await sealer.seal()).oldestUnsealedAtMs).not.toBeNull();
    await late.query('commit');
    expect(await sealer.seal()).toMatchObject({ height: 4, transfers: 4 });
    expect(await verifyChain(db.knex)).toMatchObject({ transfers: 13, fault: null });
  } finally {
    await Promise.all([early.end(), late.end()]);
  }
});

test('writers that commit in any order while it seals: nothing is passed over', async () => {
  const writing = Array.from({ length: 4 }, async () => {
    for (let transfer = 0; transfer < 50; transfer += 1) {
      await db.knex.transaction(async (trx) => {
        await trx.raw(`insert into transfer (id, kind) values (gen_random_uuid(), 'fee')`);
        await trx.raw('select pg_sleep(random() * 0.01)');
      });
    }
  });
  const sealer = createSealer(db.knex, { patienceMs: 0 });
  let under = 4;
  for (const writer of writing) void writer.finally(() => (under -= 1));
  while (under > 0) await sealer.seal();
  await Promise.all(writing);
  await sealer.seal();
  await sealer.seal();
  expect(await verifyChain(db.knex)).toMatchObject({ transfers: 211, fault: null });
});

test('a long transaction that posts nothing holds nothing back', async () => {
  const other = new pg.Client(url);
  await other.connect();
  await other.query('begin');
  await other.query('update account set held_minor = 0');
  await other.query('select pg_current_xact_id() from transfer');
  expect(await createSealer(db.knex, { patienceMs: 0 }).seal()).toMatchObject({ transfers: 2 });
  await other.end();
});

describe('planted by a superuser, found and named', () => {
  const five = `(select id from transfer where number = 5)`;
  const corruptions: { what: string; sql: string[]; fault: object | null }[] = [
    { what: 'nothing', sql: [], fault: null },
    {
      what: 'an amount',
      sql: [`update entry set amount_minor = amount_minor + 1 where transfer_id = ${five}`],
      fault: { what: 'changed', height: 2, number: 5n },
    },
    {
      what: 'a balance after',
      sql: [
        `update entry set balance_after_minor = 8 where transfer_id = ${five} and account_id = 1`,
      ],
      fault: { what: 'changed', height: 2, number: 5n },
    },
    ...[
      `metadata = metadata || '{"note": "other"}'`,
      `kind = 'fee'`,
      `payment_id = gen_random_uuid()`,
      `intent_id = gen_random_uuid()`,
      `hold_id = gen_random_uuid()`,
      `reverses = gen_random_uuid()`,
      `chain_id = gen_random_uuid()`,
      `posted_at = posted_at - interval '1 microsecond'`,
      `effective_at = null`,
      `payload_hash = null`,
      `reference = null`,
    ].map((change) => ({
      what: `a transfer's ${change}`,
      sql: [`update transfer set ${change} where number = 5`],
      fault: { what: 'changed', height: 2, number: 5n },
    })),
    {
      what: 'an entry removed',
      sql: [`delete from entry where transfer_id = ${five} and account_id = 2`],
      fault: { what: 'changed', height: 2, number: 5n },
    },
    {
      what: 'all its entries removed',
      sql: [`delete from entry where transfer_id = ${five}`],
      fault: { what: 'changed', height: 2, number: 5n },
    },
    {
      what: 'an entry added',
      sql: [
        `insert into entry (account_id, version, amount_minor, balance_after_minor, transfer_id,
          posted_at) select 3, 1, 1, 1, id, posted_at from transfer where number = 5`,
      ],
      fault: { what: 'changed', height: 2, number: 5n },
    },
    {
      what: 'a transfer removed',
      sql: [`delete from transfer where number = 5`],
      fault: { what: 'missing', height: 2, number: 5n, transferId: null },
    },
    {
      what: 'the last transfer of a block removed',
      sql: [`delete from transfer where number = 6`],
      fault: { what: 'missing', height: 2, number: 6n },
    },
    {
      what: 'a transfer inserted where a number was free',
      sql: [
        `delete from transfer where number = 5`,
        `insert into transfer (id, kind, number) values (gen_random_uuid(), 'fee', 5)`,
      ],
      fault: { what: 'changed', height: 2, number: 5n },
    },
    {
      what: 'a transfer with a number that is taken',
      sql: [`insert into transfer (id, kind, number) values (gen_random_uuid(), 'fee', 5)`],
      fault: { what: 'extra', height: 2, number: 5n },
    },
    {
      what: 'a transfer below the first number',
      sql: [`insert into transfer (id, kind, number) values (gen_random_uuid(), 'fee', -5)`],
      fault: { what: 'extra', height: 1, number: -5n },
    },
    {
      what: 'numbers swapped',
      sql: [`update transfer set number = 9 - number where number in (4, 5)`],
      fault: { what: 'changed', height: 2, number: 4n },
    },
    {
      what: 'blocks swapped',
      sql: [
        'update chain_block set height = 5 - height + 10 where height > 1',
        'update chain_block set height = height - 10 where height > 1',
      ],
      fault: { what: 'block', height: 2 },
    },
    {
      what: 'a block removed',
      sql: [`delete from chain_block where height = 2`],
      fault: { what: 'block', height: 3 },
    },
    {
      what: 'the hash of a block',
      sql: [`update chain_block set hash = sha256(hash) where height = 2`],
      fault: { what: 'block', height: 2 },
    },
    {
      what: 'the range of a block',
      sql: [`update chain_block set first_number = 5 where height = 2`],
      fault: { what: 'block', height: 2 },
    },
    {
      what: 'the count of a block',
      sql: [`update chain_block set transfer_count = 4 where height = 2`],
      fault: { what: 'block', height: 2 },
    },
    {
      what: 'a leaf',
      sql: [
        `update chain_block set leaves = set_byte(leaves, 24, 255 - get_byte(leaves, 24))
        where height = 2`,
      ],
      fault: { what: 'changed', height: 2, number: 5n },
    },
  ];
  test.each(corruptions)('$what', async ({ sql, fault }) => {
    const { rows: ids } = await db.knex.raw<{ rows: { id: string }[] }>(
      'select id from transfer where number = 5',
    );
    await asSuperuser(sql);
    const verdict = await verifyChain(db.knex);
    if (fault === null) return expect(verdict.fault).toBeNull();
    expect(verdict.fault).toMatchObject(fault);
    expect(verdict.fault?.detail).toMatch(/^(transfer .+ number -?\d+ of )?block \d: .+/);
    if (sql.join().match(/update transfer|entry/) && verdict.fault?.number === 5n) {
      expect(verdict.fault.transferId).toBe(ids[0]?.id);
    }
  });

  test('a row with its leaves recomputed: the block', async () => {
    await asSuperuser([`update transfer set reference = null where number = 5`]);
    const { rows } = await db.knex.raw<{ rows: { leaves: Buffer }[] }>(
      'select leaves from chain_block where height = 2',
    );
    await asSuperuser(['create table other_chain as select * from chain_block']);
    await asSuperuser(['delete from chain_block where height > 1']);
    await createSealer(db.knex, trusting).seal();
    const recomputed = await db.knex.raw<{ rows: { leaves: Buffer }[] }>(
      'select substr(leaves, 1, 48) as leaves from chain_block where height = 2',
    );
    expect(recomputed.rows[0]?.leaves).not.toEqual(rows[0]?.leaves);
    await asSuperuser(['delete from chain_block where height > 1']);
    await asSuperuser([
      'insert into chain_block select * from other_chain where height > 1',
      'drop table other_chain',
    ]);
    await db.knex.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica');
      await trx.raw('update chain_block set leaves = ? where height = 2', [
        recomputed.rows[0]?.leaves ?? null,
      ]);
    });
    expect((await verifyChain(db.knex)).fault).toMatchObject({ what: 'block', height: 2 });
  });

  test('a chain made anew from there: the head that was anchored', async () => {
    const { head: expectedHead } = await verifyChain(db.knex, { to: 2 });
    expect(await verifyChain(db.knex, { expectedHead })).toMatchObject({ height: 3, fault: null });
    await asSuperuser([
      `update transfer set reference = null where number = 5`,
      `delete from chain_block where height > 1`,
    ]);
    await createSealer(db.knex, trusting).seal();
    expect((await verifyChain(db.knex)).fault).toBeNull();
    expect((await verifyChain(db.knex, { expectedHead })).fault).toMatchObject({ what: 'head' });
  });
});

test('entries that were archived are passed over, and counted; rows are still missed', async () => {
  const archive = `insert into entry_opening (account_id, version, balance_minor, until)
    select 1, 3, 7, posted_at from transfer where number = 4`;
  await asSuperuser([
    `delete from entry where transfer_id in (select id from transfer where number <= 3)`,
    archive,
  ]);
  expect(await verifyChain(db.knex)).toMatchObject({ transfers: 9, archived: 3, fault: null });
  await asSuperuser(['delete from transfer where number = 2']);
  expect((await verifyChain(db.knex)).fault).toMatchObject({ what: 'missing', number: 2n });
});

test('part of the chain: what is before is trusted, what is behind is not looked at', async () => {
  await asSuperuser([`update transfer set reference = null where number in (1, 9)`]);
  const verdict = await verifyChain(db.knex, { from: 2, to: 2 });
  expect(verdict).toMatchObject({ height: 2, transfers: 3, fault: null });
});

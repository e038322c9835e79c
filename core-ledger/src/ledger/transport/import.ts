import type { Queryable } from '../../database/database.ts';
import { verifyChain } from '../../chain/verify-chain.ts';
import { divideJournal } from '../journal/months.ts';
import { createImportCheck } from './check.ts';
import { BadLine, readLine, text } from './line.ts';
import type { Line } from './line.ts';
import { entryShape, insertOf, recordShapes, recordTypes } from './records.ts';
import type { Fields, RecordType } from './records.ts';

export type ImportResult =
  | { readonly ok: true; readonly lines: number; readonly transfers: number }
  /** `line` is counted from 1; null where no single line is to blame. */
  | {
      readonly ok: false;
      readonly reason: 'not_empty' | 'bad_line' | 'chain_broken';
      readonly line: number | null;
      readonly problem: string;
    };

const rowsPerInsert = 1_000;
const longestPause = '10min';

/**
 * Fills an empty ledger from the lines of `exportLedger`: balances, versions, numbers, the chain
 * and what is drawn next are as they were, and posting goes on from there. All of it or nothing, in
 * one transaction. Memory holds a thousand rows and a few words for each account.
 * Needs a pool with a generous `longestStatementMs`. Faults: those of the database.
 */
export async function importLedger(
  db: Queryable,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<ImportResult> {
  let refused: ImportResult | null = null;
  const undo = new Error('undone');
  const done = db.transaction(async (trx) => {
    await trx.raw(`set local idle_in_transaction_session_timeout = '${longestPause}'`);
    await trx.raw('lock table account, transfer in exclusive mode');
    const result = await fill(trx, lines);
    if (result.ok) return result;
    refused = result;
    throw undo;
  });
  return done.catch((error: unknown) => {
    if (error === undo && refused !== null) return refused;
    throw error;
  });
}

async function fill(
  trx: Queryable,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<ImportResult> {
  if (!(await isEmpty(trx))) {
    const problem = 'the database has accounts or transfers already';
    return { ok: false, reason: 'not_empty', line: null, problem };
  }
  const check = createImportCheck();
  const writer = createWriter(trx);
  let count = 0;
  let sequences: Sequences = { lastAccountId: 0n, lastNumber: 0n };
  try {
    for await (const each of lines) {
      count += 1;
      const line = readLine(each);
      check.take(line);
      if (line.type === 'ledger') sequences = line;
      else if (line.type !== 'end') await writer.add(count, line);
    }
    count += 1;
    check.finish();
    await writer.flush();
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    return { ok: false, reason: 'bad_line', line: writer.badLine ?? count, problem: error.message };
  }
  await restoreSequences(trx, sequences);
  await trx.raw('select summarize_journal()');
  const { fault } = await verifyChain(trx);
  if (fault !== null) {
    const problem = `block ${fault.height}: ${fault.what}: ${fault.detail}`;
    return { ok: false, reason: 'chain_broken', line: null, problem };
  }
  return { ok: true, lines: count - 1, transfers: writer.transfers };
}

type Sequences = { readonly lastAccountId: bigint; readonly lastNumber: bigint };

async function restoreSequences(trx: Queryable, sequences: Sequences): Promise<void> {
  const { lastAccountId, lastNumber } = sequences;
  const values = { account_id_seq: lastAccountId, transfer_number_seq: lastNumber };
  for (const [sequence, value] of Object.entries(values)) {
    if (value > 0n) await trx.raw('select setval(?::regclass, ?)', [sequence, value.toString()]);
  }
}

async function isEmpty(trx: Queryable): Promise<boolean> {
  const tables = [...recordTypes.map((type) => recordShapes[type].table), entryShape.table];
  const some = tables.map((table) => `exists (select from ${table})`).join(' or ');
  const found = await trx.raw<{ rows: { filled: boolean }[] }>(`select ${some} as filled`);
  return found.rows[0]?.filled === false;
}

type RowLine = Extract<Line, { fields: Fields }>;
type Numbered = { readonly line: number; readonly record: RowLine };

/** Collects rows of one type and inserts them together. */
function createWriter(trx: Queryable) {
  let waiting: Numbered[] = [];
  let divided = false;
  const state = { badLine: null as number | null, transfers: 0 };

  const insert = async (rows: readonly Numbered[]): Promise<void> => {
    const type: RecordType | undefined = rows[0]?.record.type;
    if (type === undefined) return;
    const values = rows.map(({ record }) => record.fields);
    await trx.raw(insertOf(recordShapes[type], {}), [JSON.stringify(values)]);
    const entries = rows.flatMap(({ record }) =>
      record.entries.map((entry) => ({ ...entry, transfer_id: record.fields.id })),
    );
    if (entries.length === 0) return;
    await trx.raw(insertOf(entryShape, { transfer_id: 'uuid' }), [JSON.stringify(entries)]);
  };
  const flush = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    const [first] = rows;
    if (first?.record.type === 'transfer' && !divided) {
      divided = true;
      await divideJournal(trx, text(first.record.fields, 'posted_at'));
    }
    await trx.raw('savepoint lines');
    try {
      await insert(rows);
    } catch {
      await trx.raw('rollback to savepoint lines');
      await findBad(rows);
    }
    await trx.raw('release savepoint lines');
  };
  /** The database refused some row: the one that it refuses alone is the bad one. */
  const findBad = async (rows: readonly Numbered[]): Promise<void> => {
    for (const row of rows) {
      try {
        await insert([row]);
      } catch (error) {
        state.badLine = row.line;
        throw new BadLine(error instanceof Error ? (error.message.split(' - ').at(-1) ?? '') : '');
      }
    }
  };
  return {
    get badLine() {
      return state.badLine;
    },
    get transfers() {
      return state.transfers;
    },
    flush,
    async add(line: number, record: RowLine): Promise<void> {
      const [first] = waiting;
      if (waiting.length >= rowsPerInsert || (first && first.record.type !== record.type)) {
        await flush();
      }
      if (record.type === 'transfer') state.transfers += 1;
      waiting.push({ line, record });
    },
  };
}

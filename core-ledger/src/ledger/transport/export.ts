import type { Queryable } from '../../database/database.ts';
import { entryShape, formatNumber, recordShapes, recordTypes, selectOf } from './records.ts';
import type { Fields, RecordType } from './records.ts';

const rowsPerFetch = 1_000;
/** How long whoever takes the lines may pause. */
const longestPause = '10min';

/**
 * The whole ledger as lines of JSON without their line breaks, from one snapshot: wallets,
 * accounts, openings, holds, transfers with their entries in the order of their numbers, results
 * and blocks. Memory is bounded by a thousand rows, whatever the ledger's size; posting goes on
 * meanwhile. Needs a pool with a generous `longestStatementMs`. Faults: those of the database.
 */
export async function* exportLedger(db: Queryable): AsyncGenerator<string> {
  const trx = await db.transaction(undefined, { isolationLevel: 'repeatable read' });
  try {
    await trx.raw(`set local idle_in_transaction_session_timeout = '${longestPause}'`);
    // Before the snapshot is taken: no month is archived between it and the last line.
    await trx.raw('lock table entry, entry_opening in access share mode');
    let lines = 1;
    yield JSON.stringify({ type: 'ledger', format: formatNumber, ...(await readSequences(trx)) });
    for (const type of recordTypes) {
      for await (const record of type === 'transfer' ? readTransfers(trx) : readRows(trx, type)) {
        lines += 1;
        yield JSON.stringify({ type, ...record });
      }
    }
    yield JSON.stringify({ type: 'end', lines: lines + 1 });
  } finally {
    await trx.rollback();
  }
}

/** The numbers that were drawn last: those of the future follow them. */
async function readSequences(trx: Queryable): Promise<Fields> {
  const found = await trx.raw<{ rows: Record<string, string>[] }>(
    `select (select last_value::text from account_id_seq) as last_account_id,
       (select last_value::text from transfer_number_seq) as last_number`,
  );
  return found.rows[0] ?? {};
}

async function* readRows(trx: Queryable, type: RecordType): AsyncGenerator<Fields> {
  const { table } = recordShapes[type];
  const { key } = recordShapes[type];
  const select = selectOf(recordShapes[type], table);
  yield* readCursor(trx, `select ${select} from ${table} order by ${table}.${key}`);
}

type TransferRow = Record<string, string | null | object> & { id: string };

/** Rows of the join come one for each entry; those of one transfer follow each other. */
async function* readTransfers(trx: Queryable): AsyncGenerator<Fields> {
  const own = selectOf(recordShapes.transfer, 't');
  const ofEntry = Object.keys(entryShape.fields);
  const joined = selectOf(entryShape, 'e').replaceAll(/ as (\w+)/g, ' as entry_$1');
  const rows = readCursor(
    trx,
    `select ${own}, ${joined} from transfer t left join entry e on e.transfer_id = t.id
     order by t.number, t.id, e.account_id, e.version`,
  );
  let transfer: TransferRow | null = null;
  let entries: Fields[] = [];
  for await (const row of rows) {
    if (transfer !== null && transfer.id !== row.id) {
      yield { ...withoutEntry(transfer), entries };
      entries = [];
    }
    transfer = row as TransferRow;
    if (row.entry_account_id === null) continue;
    const named = ofEntry.map((name) => [name, row[`entry_${name}`] ?? null]);
    entries.push(Object.fromEntries(named) as Fields);
  }
  if (transfer !== null) yield { ...withoutEntry(transfer), entries };
}

function withoutEntry(row: TransferRow): Fields {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('entry_')));
}

async function* readCursor(trx: Queryable, sql: string): AsyncGenerator<Fields> {
  // The whole is read: the plan for the first rows would be the wrong one.
  await trx.raw('set local cursor_tuple_fraction = 1');
  await trx.raw(`declare exported no scroll cursor for ${sql}`);
  for (;;) {
    const fetched = await trx.raw<{ rows: Fields[] }>(`fetch ${rowsPerFetch} from exported`);
    yield* fetched.rows;
    if (fetched.rows.length < rowsPerFetch) break;
  }
  await trx.raw('close exported');
}

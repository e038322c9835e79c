import { createBookStore, createIntentWriter, createParkedStore } from '@wallet/core-ledger';
import type {
  Book,
  Connection,
  DueRecord,
  OutboxBatch,
  ParkedStore,
  StuckAccounts,
  Transaction,
} from '@wallet/core-ledger';
import type { Codec, InboundRecord } from '@wallet/schemas';
import type { Gathering } from './gathering.ts';
import { isWork } from './kind.ts';
import type { Item } from './kind.ts';

/** `due` is how many records were looked at; 0 means that nothing waits for a retry now. */
export type RetryResult = { due: number; settled: number; batches: OutboxBatch[] };

type Deps = {
  connection: Connection;
  codec: Codec;
  read: (record: InboundRecord) => Item;
  gathering: Gathering;
  stuck: StuckAccounts;
  /** Whose records are retried here. */
  topics: readonly string[];
};

export type Due = { readonly parked: DueRecord; readonly item: Item };

/**
 * Retries parked records, oldest first, in one transaction; only one process does so at a time.
 * What is still locked is postponed, and with it everything behind it.
 * Faults: those of the database.
 */
export function createParkedRetry(deps: Deps) {
  const { connection, gathering, stuck, topics } = deps;
  const books = createBookStore();
  const intents = createIntentWriter();
  const parking = createParkedStore();

  const inTransaction = async (
    transaction: Transaction,
    candidates: Map<bigint, Due>,
    poison: string | null,
  ) => {
    const [turn, due] = transaction.answers;
    if (turn?.rows[0]?.[0] !== 't' || due === undefined) {
      await transaction.rollback();
      return nothing;
    }
    const rows = parking.dueOf(due).flatMap(({ id }) => candidates.get(id) ?? []);
    const touched = new Set(rows.flatMap(touchedBy));
    for (const { item } of rows) if (isWork(item)) gathering.ask(item);
    const [locked, ...found] = await transaction.flight([
      books.lockFree(touched),
      ...gathering.reads(),
    ]);
    if (locked === undefined) return nothing;
    gathering.open(found);
    const book = books.open(locked, gathering.holds());
    await books.loadLimits(book, transaction.flight);
    const { ready, postponed } = divide(rows, book, deps);
    stuck.remove([...touched].filter((id) => book.account(id) !== undefined));
    for (const row of ready) decideDue(row, book, gathering, poison);
    const statements = [
      ...books.write(book),
      ...gathering.statements(),
      parking.unpark(ready.map(({ parked }) => parked.id)),
      parking.postpone(postponed),
      intents.setState(
        ready.map(({ parked }) => parked.intentId),
        'settled',
      ),
    ];
    const answers = await transaction.commit([...statements, ...gathering.outboxStatements()]);
    const batches = gathering.batchesOf(answers.slice(statements.length));
    return { due: rows.length, settled: ready.length, batches };
  };

  return {
    readDue: () => readDue(deps, parking),
    /** With `poison`, the fault's text, what is ready becomes a dead letter instead. */
    async settle(candidates: Map<bigint, Due>, poison: string | null): Promise<RetryResult> {
      gathering.reset();
      const transaction = await connection.begin([parking.takeTurn(), parking.findDue(topics)]);
      try {
        return await inTransaction(transaction, candidates, poison);
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    },
  };
}

/** What is due now, decoded, with the facts it needs. */
async function readDue(
  { connection, codec, read, gathering, topics }: Deps,
  parking: ParkedStore,
): Promise<Map<bigint, Due>> {
  const [answer] = await connection.flight([parking.findDue(topics)]);
  const records = answer === undefined ? [] : parking.dueOf(answer);
  if (records.length === 0) return new Map();
  await codec.load(records);
  const due = records.map((parked): [bigint, Due] => [
    parked.id,
    { parked, item: read(inboundOf(parked)) },
  ]);
  // Facts come over another connection: they are loaded before anything is locked.
  await gathering.loadFacts(due.map(([, { item }]) => item).filter(isWork));
  return new Map(due);
}

const nothing: RetryResult = { due: 0, settled: 0, batches: [] };

/** Splits what is free to be decided from what must go on waiting, and all behind it. */
function divide(rows: readonly Due[], book: Book, { gathering, stuck }: Deps) {
  const ready: Due[] = [];
  const postponed: bigint[] = [];
  const behind = new Set<bigint>();
  for (const row of rows) {
    const locked = touchedBy(row).find((id) => book.account(id) === undefined);
    if (locked !== undefined) stuck.add(locked);
    const isLocked =
      locked !== undefined || (isWork(row.item) && gathering.isPaymentLocked(row.item));
    if (isLocked) postponed.push(row.parked.id);
    const { orderedAccountId: ordered } = row.parked;
    if (!isLocked && (ordered === null || !behind.has(ordered))) ready.push(row);
    else if (ordered !== null) behind.add(ordered);
  }
  return { ready, postponed };
}

function touchedBy({ item }: Due): readonly bigint[] {
  return isWork(item) ? item.kind.accounts(item.value).touched : [];
}

function decideDue(row: Due, book: Book, gathering: Gathering, poison: string | null): void {
  const { item, parked } = row;
  const attempts = parked.attempt + 1;
  if (poison !== null) {
    const why = { reason: 'broken_invariant', detail: poison, attempts } as const;
    gathering.deadLetter(item.record, why);
  } else if (isWork(item)) gathering.decide(item, book);
  else gathering.deadLetter(item.record, { ...item, attempts });
}

function inboundOf(record: DueRecord): InboundRecord {
  const { topic, partition, offset, timestampMs, key, value, headers } = record;
  return { topic, partition, offset, timestampMs, key, value, headers };
}

import { createBookStore, createOffsetWriter } from '@wallet/core-ledger';
import { createParkedStore, StatementFault } from '@wallet/core-ledger';
import type {
  Book,
  Connection,
  OffsetMove,
  OutboxBatch,
  RecordedIntent,
  StuckAccounts,
  Transaction,
} from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';
import type { Gathering } from './gathering.ts';
import type { Item, Work } from './kind.ts';
import { createRecording, type Known } from './recording.ts';

/** The first retry of a parked record comes this soon; later ones wait longer. */
const firstRetryMs = 250;

/** Repeats of known intents that had no effect. */
export type FreshResult = { duplicates: number; batches: OutboxBatch[] };

type Deps = {
  connection: Connection;
  gathering: Gathering;
  stuck: StuckAccounts;
  /** Whose offsets are advanced. */
  group: string;
  /** Called while there is nothing to do but wait for the longer of the flights. */
  whileItCommits: () => void;
};

type Plan = {
  /** One work per intent id, in order. */
  readonly works: readonly Work[];
  readonly accounts: ReadonlySet<bigint>;
  readonly ordered: ReadonlySet<bigint>;
  duplicates: number;
};

/**
 * Settles records that came from their topics in one transaction of two flights: offsets, intents,
 * locks and reads go out together; after deciding in memory, all rows and the commit do.
 * Faults: `zombie` when the offsets were moved by someone else; those of the database.
 */
export function createFreshSettlement(deps: Deps) {
  const { connection, gathering, stuck, group } = deps;
  const offsets = createOffsetWriter();
  const recording = createRecording();
  const books = createBookStore();
  const parking = createParkedStore();

  const firstFlight = async (plan: Plan, moves: OffsetMove[]): Promise<Transaction> => {
    const free = [...plan.accounts].filter((id) => !stuck.has(id));
    try {
      return await connection.begin([
        offsets.advance(group, moves),
        recording.record(plan.works),
        books.lock(free),
        parking.findWaiting(plan.ordered),
        ...gathering.reads(),
      ]);
    } catch (error) {
      if (recording.metAgain(error)) return firstFlight(plan, moves);
      // Someone else holds an account for too long: find out which, and go on without it.
      if (!isLockTimeout(error) || !(await stuck.find(free))) throw error;
      return firstFlight(plan, moves);
    }
  };

  const lastFlight = async (transaction: Transaction, book: Book): Promise<OutboxBatch[]> => {
    const rows = [...books.write(book), ...gathering.statements()];
    if (gathering.parked.length > 0) {
      const ids = gathering.parked.map((record) => record.intentId);
      rows.push(parking.park(gathering.parked, firstRetryMs), recording.parked(ids));
    }
    const committing = transaction.commit([...rows, ...gathering.outboxStatements()]);
    deps.whileItCommits();
    return gathering.batchesOf((await committing).slice(rows.length));
  };

  return async (items: readonly Item[], moves: OffsetMove[]): Promise<FreshResult> => {
    gathering.reset();
    const plan = await planOf(items, gathering);
    const transaction = await firstFlight(plan, moves);
    try {
      const [advanced, recorded, locked, waiting, ...rows] = transaction.answers;
      if (advanced?.rowCount !== moves.length) throw zombie();
      if (recorded === undefined || locked === undefined || waiting === undefined) {
        throw new Fault('no_answer', 'the first flight lacks answers', { retriable: true });
      }
      const known = await recording.readKnown(transaction, recorded);
      gathering.open(rows);
      const book = books.open(locked, gathering.holds());
      await books.loadLimits(book, transaction.flight);
      decideAll(deps, plan, known, book, parking.waitingOf(waiting));
      const batches = await lastFlight(transaction, book);
      return { duplicates: plan.duplicates, batches };
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
}

/** In order: what is known is dropped, what must wait is parked, the others are decided. */
function decideAll(
  { gathering, stuck }: Deps,
  plan: Plan,
  known: Known,
  book: Book,
  waiting: Set<bigint>,
): void {
  for (const work of plan.works) {
    const seen = known.get(work.intent.intent_id);
    if (seen !== undefined) {
      if (isRepeat(work, seen)) plan.duplicates += 1;
      else gathering.deadLetter(work.record, mismatch);
      continue;
    }
    const { touched, ordered } = work.kind.accounts(work.value);
    const locked =
      touched.find((id) => stuck.has(id)) ??
      (gathering.isPaymentLocked(work) ? touched[0] : undefined);
    if (locked !== undefined) gathering.park(work, locked, 'account_locked');
    else if (ordered !== null && waiting.has(ordered)) {
      gathering.park(work, ordered, 'behind_parked');
    } else {
      gathering.decide(work, book);
      continue;
    }
    if (ordered !== null) waiting.add(ordered);
  }
}

const mismatch = {
  reason: 'payload_mismatch',
  detail: 'the intent id was used before with another payload',
  attempts: 1,
} as const;

/** Dedupes inside the batch, sets unusable records aside, and asks for what the others need. */
async function planOf(items: readonly Item[], gathering: Gathering): Promise<Plan> {
  const works = new Map<string, Work>();
  let duplicates = 0;
  for (const item of items) {
    if (item.kind === 'unusable') {
      gathering.deadLetter(item.record, { ...item, attempts: 1 });
      continue;
    }
    const first = works.get(item.intent.intent_id);
    if (first === undefined) works.set(item.intent.intent_id, item);
    else if (isRepeat(item, recordedOf(first))) duplicates += 1;
    else gathering.deadLetter(item.record, mismatch);
  }
  await gathering.loadFacts([...works.values()]);
  const accounts = new Set<bigint>();
  const ordered = new Set<bigint>();
  for (const work of works.values()) {
    const its = work.kind.accounts(work.value);
    for (const id of its.touched) accounts.add(id);
    if (its.ordered !== null) ordered.add(its.ordered);
    gathering.ask(work);
  }
  return { works: [...works.values()], accounts, ordered, duplicates };
}

function recordedOf({ intent }: Work): RecordedIntent {
  return { payloadHash: intent.payload_hash.toString('hex'), amountMinor: intent.amount_minor };
}

/** The hash is only what the record says of itself: the money must be the same too. */
function isRepeat(work: Work, earlier: RecordedIntent): boolean {
  const { payloadHash, amountMinor } = recordedOf(work);
  const isSameAmount = earlier.amountMinor === null || earlier.amountMinor === amountMinor;
  return payloadHash === earlier.payloadHash && isSameAmount;
}

function isLockTimeout(error: unknown): boolean {
  return (
    error instanceof StatementFault && error.code === '55P03' && error.statement === 'lock_accounts'
  );
}

function zombie(): Fault {
  return new Fault('zombie', 'the offsets of the batch were moved by another consumer', {
    retriable: false,
  });
}

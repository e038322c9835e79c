import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../database/database.ts';
import { findChainEnd, insertBlock, leavesOf } from './block.ts';
import type { ChainEnd } from './block.ts';
import { chainHashes, hashTransfers } from './form.ts';

export type Sealed = {
  readonly height: number;
  /** The hash of the last block, in hex: what may be anchored elsewhere. */
  readonly head: string;
  /** Transfers that this call sealed. */
  readonly transfers: number;
  /** When the oldest transfer that is in no block was posted; null when all are. */
  readonly oldestUnsealedAtMs: number | null;
};

export type Sealer = {
  /**
   * Seals what can be. Call it again and again; it waits at most as long as it was told for
   * transactions that were under way, and goes on where it was at the next call.
   */
  seal(): Promise<Sealed>;
};

/** Only one session seals at a time; the others see its blocks in their next call. */
const sealLock = 7_305_006;
/** Numbers in one block at most: some 160 kB of leaves, a tenth of a second of work. */
const numbersPerBlock = 10_000n;
/** So far behind, the block ranges of the newest rows are summarised first. */
const farBehind = 100_000n;
const pollMs = 5;

/** All numbers up to this one are there or never will be, once these writers have ended. */
type Mark = { readonly number: bigint; readonly writers: readonly string[] };

/** Transactions that may insert transfers hold this lock from before they draw a number. */
const writersNow = `select virtualtransaction from pg_locks
  where locktype = 'relation' and relation = 'transfer'::regclass and mode = 'RowExclusiveLock'
    and granted and database = (select oid from pg_database where datname = current_database())`;

/**
 * Makes the sealer of the hash chain. It never touches what writers lock. Several may run.
 * `patienceMs` bounds the wait for transactions that were under way when it looked.
 * `db` is the pool, not a transaction: each statement must see what has been committed by then.
 * Faults: those of the database.
 */
export function createSealer(db: Queryable, options: { patienceMs: number }): Sealer {
  let mark: Mark | null = null;
  return {
    seal: async () => {
      mark ??= await drawMark(db);
      let transfers = 0;
      if (await hasPassed(db, mark, options.patienceMs)) {
        transfers = await sealUpTo(db, mark.number);
        mark = null;
      }
      const end = await findChainEnd(db);
      return {
        height: end.height,
        head: end.hash.toString('hex'),
        transfers,
        oldestUnsealedAtMs: await oldestUnsealed(db, end),
      };
    },
  };
}

/**
 * The number first, then who writes: whoever drew a number up to it either has ended, and is seen
 * by every later statement, or still holds its lock on the table. A server gives locks back after
 * it has made a commit visible.
 */
async function drawMark(db: Queryable): Promise<Mark> {
  const drawn = await db.raw<{ rows: { number: string }[] }>(
    `select case when is_called then last_value else 0 end as number from transfer_number_seq`,
  );
  const writers = await db.raw<{ rows: { virtualtransaction: string }[] }>(writersNow);
  return {
    number: BigInt(drawn.rows[0]?.number ?? 0),
    writers: writers.rows.map(({ virtualtransaction }) => virtualtransaction),
  };
}

async function hasPassed(db: Queryable, mark: Mark, patienceMs: number): Promise<boolean> {
  if (mark.writers.length === 0) return true;
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const found = await db.raw<{ rows: { passed: boolean }[] }>(
      `select not exists (${writersNow} and virtualtransaction = any(?::text[])) as passed`,
      [[...mark.writers]],
    );
    if (found.rows[0]?.passed === true) return true;
    if (performance.now() >= untilMs) return false;
    await sleep(pollMs);
  }
}

/** Block after block, each in its own transaction. Answers how many transfers were sealed. */
async function sealUpTo(db: Queryable, number: bigint): Promise<number> {
  let sealed = 0;
  for (;;) {
    const block = await db.transaction((trx) => sealBlock(trx, number));
    if (block === null) return sealed;
    sealed += block;
  }
}

/** Answers null when nothing is left to do, or when another session is at it. */
async function sealBlock(trx: Queryable, number: bigint): Promise<number | null> {
  const turn = await trx.raw<{ rows: { mine: boolean }[] }>(
    'select pg_try_advisory_xact_lock(?) as mine',
    [sealLock],
  );
  if (turn.rows[0]?.mine !== true) return null;
  const end = await findChainEnd(trx);
  if (end.lastNumber >= number) return null;
  if (number - end.lastNumber > farBehind) await trx.raw('select summarize_journal()');
  const after = await lastBeforeGap(trx, end, number);
  if (after === null) return null;
  const upTo = after + numbersPerBlock < number ? after + numbersPerBlock : number;
  const transfers = await hashTransfers(trx, { after, upTo });
  const last = transfers.at(-1);
  if (last === undefined) return null;
  await insertBlock(trx, {
    height: end.height + 1,
    firstNumber: end.lastNumber + 1n,
    lastNumber: last.number,
    transferCount: transfers.length,
    previousHash: end.hash,
    hash: [...chainHashes(end.hash, transfers)].at(-1) ?? end.hash,
    leaves: leavesOf(transfers),
  });
  return transfers.length;
}

/** One less than the first number above the end; null when there is none up to `number`. */
async function lastBeforeGap(
  trx: Queryable,
  end: ChainEnd,
  number: bigint,
): Promise<bigint | null> {
  const found = await trx.raw<{ rows: { first: string | null }[] }>(
    `select coalesce(
       (select min(number) from transfer where number > :after::bigint and number <= :near::bigint),
       (select min(number) from transfer where number > :near::bigint and number <= :upTo::bigint)
     ) as first`,
    {
      after: end.lastNumber.toString(),
      near: (end.lastNumber + numbersPerBlock).toString(),
      upTo: number.toString(),
    },
  );
  const first = found.rows[0]?.first ?? null;
  return first === null ? null : BigInt(first) - 1n;
}

async function oldestUnsealed(db: Queryable, end: ChainEnd): Promise<number | null> {
  const found = await db.raw<{ rows: { at_ms: string | null }[] }>(
    `select extract(epoch from min(posted_at)) * 1000 as at_ms from transfer where number > ?`,
    [end.lastNumber.toString()],
  );
  const atMs = found.rows[0]?.at_ms ?? null;
  return atMs === null ? null : Number(atMs);
}

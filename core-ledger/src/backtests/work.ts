import type { Database, Queryable } from '../database/database.ts';
import type { Backtest, BacktestReport, Difference } from './backtest.ts';
import { backtestOf, createBacktest } from './store.ts';
import type { BacktestRequest, BacktestRow } from './store.ts';
import type { Tally } from './tally.ts';

/** The side of the process that does the work. */

/** Where a job goes on after its process has ended. */
export type Checkpoint = {
  /** Next offset by `topic/partition`: payments before it are in the tally. */
  readonly done: Readonly<Record<string, number>>;
  /** Where each partition ended when the job began. */
  readonly ends: Readonly<Record<string, number>>;
  readonly tally: Tally;
  /** Differences written so far. */
  readonly listed: number;
};

type ClaimedRow = BacktestRow & { checkpoint: Checkpoint | null; attempts: number };

export type ClaimedBacktest = {
  readonly backtest: Backtest;
  readonly checkpoint: Checkpoint | null;
  /** Claims since the last checkpoint, this one included. */
  readonly attempts: number;
};

/** Differences of a job beyond it are counted and not listed. */
export const mostDifferences = 10_000;

/**
 * Takes the oldest job that nobody works on, those of dead workers included; null when there is
 * none. It is the worker's for `leaseMs`, and for as long again at each checkpoint.
 * @param only the id of the one job to take
 */
export async function claimBacktest(
  db: Queryable,
  { worker, leaseMs, only = null }: { worker: string; leaseMs: number; only?: string | null },
): Promise<ClaimedBacktest | null> {
  const found = await db.raw<{ rows: ClaimedRow[] }>(
    `update backtest set status = 'running', worker = ?, attempts = attempts + 1,
       updated_at = statement_timestamp(),
       lease_until = statement_timestamp() + make_interval(secs => ?),
       started_at = coalesce(started_at, statement_timestamp())
     where id = (
       select id from backtest
       where (status = 'queued' or status = 'running' and lease_until < statement_timestamp())
         and (?::uuid is null or id = ?::uuid)
       order by created_at for update skip locked limit 1)
     returning *`,
    [worker, leaseMs / 1_000, only, only],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  const { checkpoint, attempts } = row;
  return { backtest: backtestOf(row), checkpoint, attempts };
}

/** A new job of this worker, which no other one gets to see before its lease is over. */
export async function createClaimedBacktest(
  db: Pick<Database, 'knex'>,
  request: BacktestRequest,
  { worker, leaseMs }: { worker: string; leaseMs: number },
): Promise<ClaimedBacktest> {
  return db.knex.transaction(async (trx) => {
    const { id } = await createBacktest(trx, request);
    const claimed = await claimBacktest(trx, { worker, leaseMs, only: id });
    if (claimed === null) throw new Error('a job was taken before it was there');
    return claimed;
  });
}

/**
 * Keeps how far a job is, with the differences found since the last checkpoint, in one transaction.
 * `canceled`: it has ended on somebody's request; `lost`: another worker has it.
 */
export async function saveCheckpoint(
  db: Pick<Database, 'knex'>,
  job: { id: string; worker: string; leaseMs: number },
  state: {
    progress: { passed: number; all: number };
    checkpoint: Checkpoint;
    differences: readonly Difference[];
  },
): Promise<'go_on' | 'canceled' | 'lost'> {
  const { progress, checkpoint, differences } = state;
  return db.knex.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: { cancel_requested: boolean }[] }>(
      `update backtest set updated_at = statement_timestamp(), passed_records = ?, all_records = ?,
         checkpoint = ?::jsonb, attempts = 0,
         lease_until = statement_timestamp() + make_interval(secs => ?)
       where id = ? and worker = ? and status = 'running' returning cancel_requested`,
      [
        ...[progress.passed, progress.all, JSON.stringify(checkpoint)],
        ...[job.leaseMs / 1_000, job.id, job.worker],
      ],
    );
    const [row] = rows;
    if (row === undefined) return 'lost';
    const before = checkpoint.listed - differences.length;
    if (differences.length > 0)
      await trx('backtest_difference').insert(
        differences.map((difference, index) => ({
          ...{ backtest_id: job.id, position: before + index },
          ...{ payment_id: difference.paymentId, accepted_at: difference.acceptedAt },
          ...{ amount_minor: String(difference.amountMinor), currency: difference.currency },
          label: difference.label,
          champion_outcome: difference.champion.outcome,
          champion_score: difference.champion.score,
          candidate_outcome: difference.candidate.outcome,
          candidate_score: difference.candidate.score,
        })),
      );
    if (!row.cancel_requested) return 'go_on';
    await trx.raw(
      `update backtest set status = 'canceled', finished_at = statement_timestamp(),
         checkpoint = null where id = ?`,
      [job.id],
    );
    return 'canceled';
  });
}

/** Ends a job with its report or with why it failed. False: another worker has it. */
export async function finishBacktest(
  db: Pick<Database, 'knex'>,
  job: { id: string; worker: string },
  end: { report: BacktestReport } | { failure: string },
): Promise<boolean> {
  const [report, failure] =
    'report' in end ? [JSON.stringify(end.report), null] : [null, end.failure];
  const found = await db.knex.raw<{ rows: unknown[] }>(
    `update backtest set status = ?, finished_at = statement_timestamp(),
       updated_at = statement_timestamp(), checkpoint = null, report = ?::jsonb, failure = ?,
       passed_records = case when ? then passed_records else all_records end
     where id = ? and worker = ? and status = 'running' returning id`,
    [
      ...['report' in end ? 'succeeded' : 'failed', report, failure],
      ...['failure' in end, job.id, job.worker],
    ],
  );
  return found.rows.length === 1;
}

/** Gives a job back before its process ends: the next worker goes on from the checkpoint. */
export async function releaseBacktest(
  db: Pick<Database, 'knex'>,
  job: { id: string; worker: string },
): Promise<void> {
  await db.knex.raw(
    `update backtest set lease_until = statement_timestamp()
     where id = ? and worker = ? and status = 'running'`,
    [job.id, job.worker],
  );
}

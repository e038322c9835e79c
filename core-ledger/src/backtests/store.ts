import { randomUUID } from 'node:crypto';
import type { Database, Queryable } from '../database/database.ts';
import type { Backtest, BacktestReport, BacktestSet, BacktestStatus } from './backtest.ts';
import type { Difference, Rollout } from './backtest.ts';

type Row = {
  id: string;
  status: BacktestStatus;
  requested_by: string | null;
  candidate_id: string | null;
  candidate_hash: string;
  candidate_rules: string;
  champion_id: string | null;
  champion_hash: string;
  champion_rules: string;
  champion_percent: number;
  rest_id: string | null;
  rest_hash: string | null;
  rest_rules: string | null;
  from_at: Date;
  to_at: Date;
  maturity_days: number;
  created_at: Date;
  updated_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  passed_records: string;
  all_records: string | null;
  failure: string | null;
  report: BacktestReport | null;
};

function backtestOf(row: Row): Backtest {
  const { candidate_id, candidate_hash, candidate_rules } = row;
  const { champion_id, champion_hash, champion_rules } = row;
  return {
    ...{ id: row.id, status: row.status, requestedBy: row.requested_by },
    candidate: { id: candidate_id, hash: candidate_hash, rules: candidate_rules },
    champion: { id: champion_id, hash: champion_hash, rules: champion_rules },
    rollout: rolloutOf(row),
    ...{ from: row.from_at, to: row.to_at, maturityDays: row.maturity_days },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
    ...{ startedAt: row.started_at, finishedAt: row.finished_at },
    progress: {
      passed: Number(row.passed_records),
      all: row.all_records === null ? null : Number(row.all_records),
    },
    ...{ failure: row.failure, report: row.report },
  };
}

function rolloutOf({ champion_percent, rest_id: id, rest_hash, rest_rules }: Row): Rollout | null {
  if (rest_hash === null || rest_rules === null) return null;
  return { percent: champion_percent, rest: { id, hash: rest_hash, rules: rest_rules } };
}

export type BacktestRequest = Pick<
  Backtest,
  'candidate' | 'champion' | 'from' | 'to' | 'maturityDays' | 'requestedBy'
> & { readonly rollout?: Rollout | null };

/** Queues a job. Both texts must load: it is not looked at again before it runs. */
export async function createBacktest(db: Queryable, request: BacktestRequest): Promise<Backtest> {
  const { candidate, champion, rollout } = request;
  const columns = (side: 'candidate' | 'champion' | 'rest', { id, hash, rules }: BacktestSet) => ({
    [`${side}_id`]: id,
    [`${side}_hash`]: hash,
    [`${side}_rules`]: rules,
  });
  const [row] = await db<Row>('backtest')
    .insert({
      ...{ id: randomUUID(), requested_by: request.requestedBy },
      ...columns('candidate', candidate),
      ...columns('champion', champion),
      ...(rollout ? { ...columns('rest', rollout.rest), champion_percent: rollout.percent } : {}),
      ...{ from_at: request.from, to_at: request.to, maturity_days: request.maturityDays },
    })
    .returning<Row[]>('*');
  if (row === undefined) throw new Error('an inserted backtest is not there');
  return backtestOf(row);
}

export async function findBacktest(db: Queryable, id: string): Promise<Backtest | null> {
  const row = await db<Row>('backtest').where({ id }).first<Row | undefined>();
  return row === undefined ? null : backtestOf(row);
}

/** A page of jobs, newest first, behind the job `after`; reports, texts, rollouts are left out. */
export async function listBacktests(
  db: Queryable,
  page: { after: string | null; limit: number },
): Promise<Backtest[]> {
  const found = await db.raw<{ rows: Row[] }>(
    `select id, status, requested_by, candidate_id, candidate_hash, '' as candidate_rules,
       champion_id, champion_hash, '' as champion_rules, champion_percent, null as rest_id,
       null as rest_hash, null as rest_rules, from_at, to_at, maturity_days, created_at, updated_at,
       started_at, finished_at, passed_records, all_records, failure, null as report
     from backtest
     where ?::uuid is null or (created_at, id) <
       (select created_at, id from backtest where id = ?::uuid)
     order by created_at desc, id desc limit ?`,
    [page.after, page.after, page.limit],
  );
  return found.rows.map(backtestOf);
}

/** `position` counts from 0. */
export type ListedDifference = Difference & { readonly position: number };

/** Payments on which the sets differ, in order, from `position` (0 is the first) on. */
export async function listDifferences(
  db: Queryable,
  backtestId: string,
  page: { position: number; limit: number },
): Promise<ListedDifference[]> {
  const rows = await db<DifferenceRow>('backtest_difference')
    .where({ backtest_id: backtestId })
    .andWhere('position', '>=', page.position)
    .orderBy('position')
    .limit(page.limit);
  return rows.map((row) => ({
    position: row.position,
    ...{ paymentId: row.payment_id, acceptedAt: row.accepted_at, label: row.label },
    ...{ amountMinor: BigInt(row.amount_minor), currency: row.currency },
    champion: { outcome: row.champion_outcome, score: row.champion_score },
    candidate: { outcome: row.candidate_outcome, score: row.candidate_score },
  }));
}

export type DifferenceRow = {
  backtest_id: string;
  position: number;
  payment_id: string;
  accepted_at: Date;
  amount_minor: string;
  currency: string;
  label: Difference['label'];
  champion_outcome: Difference['champion']['outcome'];
  champion_score: number;
  candidate_outcome: Difference['candidate']['outcome'];
  candidate_score: number;
};

/** Whether a finished backtest speaks for a rule set with this hash. */
export async function hasFinishedBacktest(db: Queryable, hash: string): Promise<boolean> {
  const row = await db<Row>('backtest')
    .where({ candidate_hash: hash, status: 'succeeded' })
    .first('id');
  return row !== undefined;
}

export type CancelResult =
  | { readonly ok: true; readonly backtest: Backtest }
  | { readonly ok: false; readonly reason: 'no_such_backtest' | 'invalid_state' };

/**
 * Cancels a job: at once while nobody works on it, else its worker is asked to stop. Canceling
 * twice is the same as once.
 */
export async function cancelBacktest(
  db: Pick<Database, 'knex'>,
  id: string,
): Promise<CancelResult> {
  return db.knex.transaction(async (trx) => {
    const row = await trx<Row>('backtest').where({ id }).forUpdate().first<Row | undefined>();
    if (row === undefined) return { ok: false, reason: 'no_such_backtest' };
    if (row.status === 'succeeded' || row.status === 'failed')
      return { ok: false, reason: 'invalid_state' };
    if (row.status === 'canceled') return { ok: true, backtest: backtestOf(row) };
    const ended =
      row.status === 'queued'
        ? ", status = 'canceled', finished_at = statement_timestamp(), checkpoint = null"
        : '';
    const { rows } = await trx.raw<{ rows: Row[] }>(
      `update backtest set cancel_requested = true, updated_at = statement_timestamp()${ended}
       where id = ? returning *`,
      [id],
    );
    return { ok: true, backtest: backtestOf(rows[0] as Row) };
  });
}

export type { Row as BacktestRow };
export { backtestOf };

import { cpus } from 'node:os';
import { waitFor } from '../../support/wait-for.ts';
import { cpuBetween, microsPerPayment, takeSnapshot, type CpuUse } from '../accounting.ts';
import { startBenchSystem, type BenchSystem } from '../bench-system.ts';
import type { PlannedRequest } from '../protocol.ts';

export type CommandsBenchOptions = {
  /** Of captures, then of refunds, a second. */
  rate: number;
  seconds: number;
  /** Commands that wait in Kafka when the processors come. */
  backlog: number;
  /** What each streams process runs. */
  split: readonly string[];
};

/** Captures and refunds: what is asked for, and the table where it ends. */
const nouns = [
  { noun: 'captures', table: 'action', from: 'authorized' },
  { noun: 'refunds', table: 'refund', from: 'captured' },
] as const;
type Noun = (typeof nouns)[number];

const leastPerSecond = 1_000;
const preparedPerSecond = 2_000;
const drainMs = 60_000;

/**
 * Captures of authorized payments and then refunds of them, each at a steady rate through the edge
 * and as a backlog that waits in Kafka: from POST accepted to its outcome committed and its event
 * published, all on one machine. True when both keep up with 1,000 a second.
 */
export async function commandsBench(options: CommandsBenchOptions): Promise<boolean> {
  const { rate, seconds, backlog, split } = options;
  const system = await startBenchSystem(split);
  try {
    await system.load(preparedPerSecond / 2, 3);
    const made = await authorize(system, rate * seconds + backlog);
    console.log(`commands: ${cpus().length} cores (${cpus()[0]?.model}); ${made} payments`);
    let met = true;
    for (const noun of nouns) {
      const planned = await planAll(system, noun);
      const steady = await measure(system, noun, {
        rate,
        planned: planned.splice(0, rate * seconds),
      });
      print(`${noun.noun} at ${rate}/s`, steady);
      const drained = await measure(system, noun, { rate: preparedPerSecond, planned }, true);
      print(`${noun.noun}, backlog`, drained);
      met &&= steady.perSecond >= leastPerSecond * 0.99 && drained.perSecond >= leastPerSecond;
      met &&= steady.undone + drained.undone === 0;
    }
    return met;
  } finally {
    await system.close();
  }
}

/** Payments of customers to merchants, to be captured by hand. @returns how many there are */
async function authorize(system: BenchSystem, count: number): Promise<number> {
  const { customers, merchants } = system.wallets;
  const planned = Array.from({ length: count }, (_, at): PlannedRequest => {
    const walletId = customers[at % customers.length] ?? '';
    const payee = merchants[at % merchants.length] ?? '';
    const body =
      `{"payer_wallet_id":"${walletId}","payee_wallet_id":"${payee}","amount_minor":1000,` +
      `"currency":"USD","capture":"manual"}`;
    return { walletId, path: '/payments', body };
  });
  const { ids } = await system.send(preparedPerSecond, planned);
  await waitFor(
    async () => (await countOf(system, `payment where status = 'authorized'`)) === ids.length,
    `${ids.length} payments to be authorized`,
    drainMs,
  );
  return ids.length;
}

/** Less than its payee has of a payment of 1,000 after the fee. */
const refunded = '"amount_minor":900,"reason":"broken"';

/** A command of the payee for each payment. */
async function planAll({ database }: BenchSystem, { noun, from }: Noun): Promise<PlannedRequest[]> {
  const { rows } = await database.knex.raw<{ rows: { id: string; walletId: string }[] }>(
    `select id, payee_wallet_id as "walletId" from payment
     where status = ? and capture = 'manual'`,
    [from],
  );
  return rows.map(({ id, walletId }) =>
    noun === 'captures'
      ? { walletId, path: `/payments/${id}/capture`, body: '{}' }
      : { walletId, path: '/refunds', body: `{"payment_id":"${id}",${refunded}}` },
  );
}

type Figures = {
  count: number;
  /** From the first accepted, or from when the processors came, to the last event published. */
  perSecond: number;
  /** Milliseconds from accepted to committed, and to published. */
  committed: number[];
  published: number[];
  /** Accepted, and without a successful end. */
  undone: number;
  use: CpuUse;
};

async function measure(
  system: BenchSystem,
  { table }: Noun,
  { rate, planned }: { rate: number; planned: PlannedRequest[] },
  isBacklog = false,
): Promise<Figures> {
  const { streams, parts } = system;
  let before = takeSnapshot(parts());
  let since: string | null = null;
  if (isBacklog) for (const handle of streams) handle.kill('SIGSTOP');
  const { ids } = await system.send(rate, planned);
  if (isBacklog) {
    before = takeSnapshot(parts());
    since = await nowOf(system);
    for (const handle of streams) handle.kill('SIGCONT');
  }
  await waitFor(
    async () =>
      (await countOf(system, `${table} t join unnest(?::uuid[]) as i(id) using (id)`, ids)) ===
        ids.length && (await countOf(system, 'outbox_batch where published_at is null')) === 0,
    'all to be decided and told',
    drainMs,
  );
  const use = cpuBetween(before, takeSnapshot(parts()));
  return { ...(await timesOf(system, table, ids, since)), use };
}

async function timesOf(
  { database }: BenchSystem,
  table: Noun['table'],
  ids: string[],
  since: string | null,
): Promise<Omit<Figures, 'use'>> {
  const { rows } = await database.knex.raw<{ rows: Record<string, string & number[]>[] }>(
    `with done as (
       select t.id, t.status, t.accepted_at, pg_xact_commit_timestamp(t.xmin) as committed_at,
         (select max(b.published_at) from outbox_batch b where b.id = o.batch_id) as published_at
       from ${table} t join unnest(?::uuid[]) as i(id) using (id)
         join outbox o on o.key = t.id::text)
     select count(distinct id) filter (where status = 'succeeded') as count,
       count(distinct id) / extract(epoch from max(published_at)
         - ${since === null ? 'min(accepted_at)' : '?::timestamptz'}) as per_second,
       percentile_disc(array[0.5, 0.95, 0.99, 1]) within group (order by
         extract(epoch from committed_at - accepted_at) * 1000) as committed,
       percentile_disc(array[0.5, 0.95, 0.99, 1]) within group (order by
         extract(epoch from published_at - accepted_at) * 1000) as published
     from done`,
    since === null ? [ids] : [ids, since],
  );
  const { count, per_second: perSecond, committed = [], published = [] } = rows[0] ?? {};
  return {
    ...{ count: ids.length, perSecond: Number(perSecond), undone: ids.length - Number(count) },
    committed: [...committed].map(Number),
    published: [...published].map(Number),
  };
}

async function countOf({ database }: BenchSystem, from: string, ids?: string[]): Promise<number> {
  const sql = `select count(*) as count from ${from}`;
  const given = ids === undefined ? [] : [ids];
  const { rows } = await database.knex.raw<{ rows: { count: string }[] }>(sql, given);
  return Number(rows[0]?.count);
}

async function nowOf({ database }: BenchSystem): Promise<string> {
  const sql = 'select clock_timestamp()::text as now';
  const { rows } = await database.knex.raw<{ rows: { now: string }[] }>(sql);
  return rows[0]?.now ?? '';
}

function print(what: string, { count, perSecond, committed, published, undone, use }: Figures) {
  const [p50, p95, p99, max] = published.map(Math.round);
  const { total, ...parts } = microsPerPayment(use, count);
  const split = Object.entries(parts).map(([name, micros]) => `${name} ${Math.round(micros)}`);
  console.log(
    `${what}: ${Math.round(perSecond)}/s of ${count}, ${undone} undone; ms from accepted to ` +
      `committed p50 ${Math.round(committed[0] ?? 0)} p99 ${Math.round(committed[2] ?? 0)}, ` +
      `to published p50 ${p50} p95 ${p95} p99 ${p99} max ${max}\n` +
      `  cores ${use.cores.toFixed(2)}, foreign ${use.foreignCores.toFixed(2)}; ` +
      `CPU µs each: ${Math.round(total ?? 0)} (${split.join(', ')})`,
  );
}

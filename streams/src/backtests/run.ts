import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createTally,
  finishBacktest,
  mostDifferences,
  reportOf,
  saveCheckpoint,
  type ClaimedBacktest,
  type Database,
  type Difference,
} from '@wallet/core-ledger';
import { monotonicMs } from '@wallet/runtime';
import { topics, type InboundRecord, type PaymentIntent, type Wire } from '@wallet/schemas';
import { createContexts } from '../outcomes/contexts.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import { outcomeSources, sourceOf } from '../outcomes/sources.ts';
import { createAccountAges } from './account-ages.ts';
import { createCounters } from './counters.ts';
import { prepareJudging, type Judging } from './judging.ts';
import { keyOf, openMergedLog, type Entry, type MergedLog } from './merged-log.ts';
import { createTrial } from './trial.ts';

/** What the log tells: a payment was asked for, or something became of payments. */
type Event = { readonly intent: PaymentIntent } | { readonly outcomes: readonly Outcome[] };

export type Worker = {
  readonly wire: Pick<Wire, 'admin' | 'codec' | 'createSubscription'>;
  readonly database: Pick<Database, 'knex'>;
  /** Names this process in the jobs it has taken. */
  readonly id: string;
  readonly leaseMs: number;
  /** How often the job is saved; tests save more often. */
  readonly checkpointMs: number;
  readonly signal: Pick<AbortSignal, 'aborted'>;
  /** Told some fifty times a second, in records of the log. */
  readonly onProgress?: (progress: { passed: number; all: number }) => void;
};

/** `stopped`: this process is to end; the next worker goes on from the checkpoint. */
export type RunEnd = 'succeeded' | 'canceled' | 'lost' | 'stopped';

/** Some 20 ms of work: then others get their turn, timers and health among them. */
const entriesATurn = 1_000;
/** An intent may stand in the log so much behind others of its time. */
const latenessMs = 600_000;

/**
 * Plays the log through both sets from its beginning, so that counters are warm, and judges the
 * payments of the range. Reads Kafka and the database, writes its own job and nothing else: no
 * group's offsets, no counter, no decision. After an interruption it plays again to the checkpoint,
 * counting only, and goes on judging there. Throws faults of the servers and of the rules.
 */
export async function runBacktest(worker: Worker, claimed: ClaimedBacktest): Promise<RunEnd> {
  const { backtest, checkpoint } = claimed;
  const judging = await prepareJudging(worker.database, backtest);
  const readsOutcomes = judging.plan.some(({ outcomes }) => outcomes.length > 0);
  const log = await openMergedLog<Event>({
    wire: worker.wire,
    group: `backtest-${backtest.id}`,
    topics: [
      topics.paymentIntents.name,
      ...(readsOutcomes ? outcomeSources.map(({ topic }) => topic) : []),
    ],
    ends: checkpoint?.ends ?? null,
    read: (record) => readEvent(worker, record),
  });
  try {
    return await play(worker, claimed, judging, log);
  } finally {
    await log.close();
  }
}

function readEvent({ wire: { codec } }: Worker, record: InboundRecord) {
  if (record.topic === topics.paymentIntents.name) {
    const decoded = codec.decode(topics.paymentIntents, record.value);
    if (!decoded.ok) return null;
    return { atMs: decoded.value.accepted_at, event: { intent: decoded.value } };
  }
  const decoded = sourceOf(record)?.source.read(codec, record);
  if (decoded?.ok !== true) return null;
  // Records without an outcome keep their place by the broker's time.
  const atMs = decoded.value[0]?.atMs ?? record.timestampMs;
  return { atMs, event: { outcomes: decoded.value } };
}

async function play(
  worker: Worker,
  { backtest, checkpoint }: ClaimedBacktest,
  judging: Judging,
  log: MergedLog<Event>,
): Promise<RunEnd> {
  const [fromMs, toMs] = [backtest.from.getTime(), backtest.to.getTime()];
  const judged = checkpoint?.done ?? {};
  const state = { done: { ...judged }, listed: checkpoint?.listed ?? 0 };
  const tally = checkpoint?.tally ?? createTally();
  const counters = createCounters(judging.plan);
  const ages = createAccountAges(worker.database, judging.plan);
  const trial = createTrial({ ...judging, counters, ages, tally });
  const complete = createCompletion(worker, judging);
  let differences: Difference[] = [];

  const save = async (): Promise<'go_on' | 'canceled' | 'lost'> => {
    const job = { id: backtest.id, worker: worker.id, leaseMs: worker.leaseMs };
    const kept = { done: state.done, ends: log.ends, tally, listed: state.listed };
    const saving = { progress: log.progress(), checkpoint: kept, differences };
    differences = [];
    return saveCheckpoint(worker.database, job, saving);
  };

  const meet = ({ topic, partition, offset, atMs }: Entry<Event>, intent: PaymentIntent): void => {
    const key = keyOf(topic, partition);
    const isNew = offset >= (judged[key] ?? 0);
    const difference = trial.meet(intent, isNew && atMs >= fromMs && atMs < toMs);
    if (isNew) state.done[key] = offset + 1;
    if (difference === null || state.listed >= mostDifferences) return;
    differences.push(difference);
    state.listed += 1;
  };

  let savedMs = -Infinity;
  for (;;) {
    if (monotonicMs() - savedMs >= worker.checkpointMs) {
      const next = await save();
      if (next !== 'go_on') return next;
      if (worker.signal.aborted) return 'stopped';
      savedMs = monotonicMs();
    }
    const entries = await log.take(entriesATurn);
    const [first] = entries;
    if (first === undefined || first.atMs > toMs + latenessMs) break;
    await ages.learn(entries.flatMap(({ event }) => ('intent' in event ? [event.intent] : [])));
    for (const entry of await complete(entries)) {
      if ('intent' in entry.event) meet(entry, entry.event.intent);
      else entry.event.outcomes.forEach((outcome) => trial.learn(outcome));
    }
    worker.onProgress?.(log.progress());
    await nextTurn();
  }
  const next = await save();
  if (next !== 'go_on') return next;
  const report = reportOf(tally, {
    ...{ champion: judging.champion, candidate: judging.candidate, fromMs, toMs },
    ...{ unreadable: log.progress().unreadable, countersForgotten: counters.forgotten() },
    differencesListed: state.listed,
  });
  const job = { id: backtest.id, worker: worker.id };
  return (await finishBacktest(worker.database, job, { report })) ? 'succeeded' : 'lost';
}

/**
 * Gives outcomes the context of their payments, as live counters do, when some rule counts them by
 * device, address or card.
 */
function createCompletion({ database, wire }: Worker, { plan }: Judging) {
  const contexts = createContexts({ database, codec: wire.codec });
  const needed = plan.some(
    ({ name, outcomes }) => name !== 'payer' && name !== 'payee' && outcomes.length > 0,
  );
  return async (entries: readonly Entry<Event>[]): Promise<readonly Entry<Event>[]> => {
    if (!needed) return entries;
    const asked = entries.flatMap(({ event }) =>
      'outcomes' in event ? event.outcomes.filter(({ hasContext }) => !hasContext) : [],
    );
    if (asked.length === 0) return entries;
    const known = await contexts([...new Set(asked.map(({ paymentId }) => paymentId))]);
    return entries.map((entry) => {
      if (!('outcomes' in entry.event)) return entry;
      const outcomes = entry.event.outcomes.map((outcome) => {
        const context = known.get(outcome.paymentId) ?? outcome.parties.context;
        return { ...outcome, parties: { ...outcome.parties, context } };
      });
      return { ...entry, event: { outcomes } };
    });
  };
}

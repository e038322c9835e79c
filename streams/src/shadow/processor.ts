import {
  createOffsetWriter,
  createShadowTally,
  type Connection,
  type ListHistory,
} from '@wallet/core-ledger';
import { Fault, type Log, type Metrics } from '@wallet/runtime';
import { topics, type Codec, type InboundRecord, type PaymentScored } from '@wallet/schemas';
import { hash32 } from '../fraud/keys.ts';
import type { LiveLists } from '../fraud/live-lists.ts';
import type { LiveRules, ShadowSet } from '../fraud/live-rules.ts';
import { positionsBehind, type Handler } from '../runner/handler.ts';
import type { StandingOffsets } from '../runner/standing-offsets.ts';
import { factsOf } from './facts.ts';

export const shadowGroup = 'shadow';
export const shadowTopics = [topics.paymentScored.name] as const;

/** Some 100 ms of work a batch, however many sets there are; beyond it payments are skipped. */
const mostEvaluations = 20_000;

type Deps = {
  connection: Pick<Connection, 'begin'>;
  codec: Codec;
  offsets: StandingOffsets;
  liveRules: Pick<LiveRules, 'current'>;
  lists: Pick<LiveLists, 'current'>;
  log: Log;
  metrics: Metrics;
  /** Evaluations of one batch; less in tests. */
  mostEvaluations?: number;
};

/**
 * Tries every set in shadow on the payments that were decided, with the features and lists of the
 * decision, and sums up what it would have said. Far from the deciding path: it reads behind it,
 * in a group of its own. Each payment counts once: the sums commit with the offsets.
 */
export function createShadowProcessor(deps: Deps): { handle: Handler } {
  const { connection, codec, offsets, liveRules, lists } = deps;
  const advancing = createOffsetWriter();
  const tally = createShadowTally();
  const tryAll = createTrial(deps, tally);

  return {
    async handle(records) {
      const fresh = records.filter((record) => !offsets.isDone(record));
      if (fresh.length === 0) return positionsBehind(records);
      tally.reset();
      const { shadows } = liveRules.current();
      if (shadows.length > 0) {
        await codec.load(fresh);
        tryAll(readAll(codec, fresh), shadows, lists.current());
      }
      const moves = offsets.moves(fresh);
      const transaction = await connection.begin([advancing.advance(shadowGroup, moves)]);
      try {
        if (transaction.answers[0]?.rowCount !== moves.length) throw zombie();
        await transaction.commit(tally.statements());
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
      offsets.moved(moves);
      return positionsBehind(records);
    },
  };
}

/** What cannot be read is settlement's to complain about. */
function readAll(codec: Codec, records: readonly InboundRecord[]): PaymentScored[] {
  return records.flatMap(({ value }) => {
    const decoded = codec.decode(topics.paymentScored, value);
    if (decoded.ok) return [decoded.value];
    if (decoded.reason !== 'schema_not_loaded') return [];
    throw new Fault(decoded.reason, decoded.detail, { retriable: true });
  });
}

function createTrial(deps: Deps, tally: ReturnType<typeof createShadowTally>) {
  const { log, metrics } = deps;
  const failed = new Set<string>();
  const most = deps.mostEvaluations ?? mostEvaluations;

  const tryOne = (scored: PaymentScored, { id, ruleSet }: ShadowSet, history: ListHistory) => {
    const { intent, decision } = scored;
    const about = {
      ...{ rulesetId: id, hash: ruleSet.hash, live: decision.outcome },
      ...{ currency: intent.currency, amountMinor: intent.amount_minor },
    };
    try {
      const verdict = ruleSet.evaluate(factsOf(scored, history), decision.degraded);
      const matches = verdict.findings.filter(({ result }) => result === 'match');
      const rules = matches.map(({ rule }) => rule);
      tally.add({ ...about, shadow: verdict.outcome, rules });
      for (const rule of rules)
        metrics.inc('wallet_fraud_rule_hits_total', { rule, mode: 'shadow' });
    } catch (error) {
      failed.add(ruleSet.hash);
      log.error({ err: error, ruleset: id }, 'a set in shadow fails and is left out');
      metrics.set('wallet_fraud_rulesets_unusable', { mode: 'shadow' }, failed.size);
    }
  };

  return (payments: readonly PaymentScored[], sets: readonly ShadowSet[], lists: ListHistory) => {
    const usable = sets.filter(({ ruleSet }) => !failed.has(ruleSet.hash));
    // The same payments for all sets, so that they can be compared.
    const share = Math.min(1, most / (payments.length * usable.length));
    let tried = 0;
    for (const scored of payments) {
      const { intent, decision } = scored;
      if (hash32(intent.intent_id) % 10_000 < share * 10_000) {
        for (const set of usable) tryOne(scored, set, lists);
        tried += usable.length;
        continue;
      }
      for (const { id, ruleSet } of usable) {
        const { currency, amount_minor: amountMinor } = intent;
        const about = { rulesetId: id, hash: ruleSet.hash, live: decision.outcome };
        tally.add({ ...about, shadow: 'skipped', currency, amountMinor, rules: [] });
      }
    }
    const all = payments.length * usable.length;
    metrics.inc('wallet_fraud_shadow_payments_total', { result: 'tried' }, tried);
    metrics.inc('wallet_fraud_shadow_payments_total', { result: 'skipped' }, all - tried);
  };
}

function zombie(): Fault {
  return new Fault('zombie', 'another member has moved the offsets of shadow', {
    retriable: false,
  });
}

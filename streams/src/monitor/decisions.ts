import {
  explainDecision,
  findDecidingRules,
  loadListHistory,
  sampleScored,
  type Database,
  type RuleSet,
} from '@wallet/core-ledger';
import type { Log, Metrics } from '@wallet/runtime';
import { topics, type Codec } from '@wallet/schemas';

/** Decisions looked at in one round: some 50,000 a day. */
const usualDraws = 40;

/** How decisions came out when they were made again. */
export type ExplainedSample = { match: number; mismatch: number; not_comparable: number };

/**
 * Takes decisions of any age and makes each of them again from what was recorded: features, lists
 * as they were, the text of the rule set. One that comes out otherwise cannot be trusted.
 * @param options.draws how many to look for; some are drawn twice, and looked at once
 * @param options.onMismatch told of each that comes out otherwise, and in what
 */
export async function explainSample(options: {
  database: Pick<Database, 'knex'>;
  codec: Pick<Codec, 'load' | 'decode'>;
  draws: number;
  onMismatch: (paymentId: string, differences: readonly string[]) => void;
}): Promise<ExplainedSample> {
  const { database, codec, draws, onMismatch } = options;
  const results: ExplainedSample = { match: 0, mismatch: 0, not_comparable: 0 };
  const sample = await sampleScored(database.knex, draws);
  if (sample.length === 0) return results;
  const lists = await loadListHistory(database.knex);
  await codec.load(sample.map(({ scored }) => ({ value: scored })));
  const sets = new Map<string, RuleSet | null>();
  for (const { paymentId, scored } of sample) {
    const read = codec.decode(topics.paymentScored, scored);
    if (!read.ok) {
      results.not_comparable += 1;
      continue;
    }
    const { intent, decision } = read.value;
    const { ruleset_hash: hash } = decision;
    if (!sets.has(hash)) sets.set(hash, await findDecidingRules(database.knex, hash));
    const ruleSet = sets.get(hash) ?? null;
    const explained = explainDecision(intent, decision, { ruleSet, lists });
    results[explained.result] += 1;
    if (explained.result === 'mismatch') onMismatch(paymentId, explained.differences);
  }
  return results;
}

/** A look at a few decisions, for the monitor: counted, and told when one comes out otherwise. */
export function createDecisionLook(options: {
  database: Database;
  codec: Pick<Codec, 'load' | 'decode'>;
  log: Log;
  metrics: Metrics;
  draws?: number;
}): () => Promise<void> {
  const { database, codec, log, metrics, draws = usualDraws } = options;
  const onMismatch = (paymentId: string, differences: readonly string[]): void =>
    log.error({ paymentId, differences }, 'a decision does not come out as it was recorded');
  return async () => {
    const results = await explainSample({ database, codec, draws, onMismatch });
    for (const [result, count] of Object.entries(results))
      metrics.inc(
        'wallet_fraud_decisions_explained_total',
        { result: result as keyof typeof results },
        count,
      );
  };
}

import type { LabelsOf, Metrics } from '@wallet/runtime';
import type { Decision } from '@wallet/schemas';

type DeadLetterReason = LabelsOf<'wallet_dead_letters_total'>['reason'];

/** What screening counts. Decisions are summed up and written once a batch. */
export type FraudMeter = {
  decision(decision: Decision): void;
  deadLetter(topic: string, reason: DeadLetterReason): void;
  /** Of the sets in force. */
  ruleSets(hashes: readonly string[]): void;
  /** Ends a batch: records screened, how many of them for the first time, and how long it took. */
  batch(screened: number, first: number, seconds: number): void;
};

export function createFraudMeter(metrics: Metrics): FraudMeter {
  const decisions = new Map<string, { labels: DecisionLabels; count: number }>();
  const hits = new Map<string, number>();
  let current: readonly string[] = [];

  function flush(): void {
    for (const { labels, count } of decisions.values())
      metrics.inc('wallet_fraud_decisions_total', labels, count);
    for (const [rule, count] of hits)
      metrics.inc('wallet_fraud_rule_hits_total', { rule, mode: 'live' }, count);
    decisions.clear();
    hits.clear();
  }

  return {
    decision({ outcome, degraded, findings }) {
      const key = `${outcome} ${degraded}`;
      const entry = decisions.get(key);
      if (entry === undefined)
        decisions.set(key, {
          labels: { outcome, degraded: degraded ? 'true' : 'false' },
          count: 1,
        });
      else entry.count += 1;
      for (const { rule, result } of findings)
        if (result === 'match') hits.set(rule, (hits.get(rule) ?? 0) + 1);
    },
    deadLetter(topic, reason) {
      metrics.inc('wallet_dead_letters_total', { topic, reason });
      metrics.inc('wallet_stage_records_total', { stage: 'fraud', outcome: 'dead_letter' });
    },
    ruleSets(hashes) {
      if (hashes === current) return;
      for (const hash of current) metrics.set('wallet_fraud_ruleset_info', { hash }, 0);
      for (const hash of hashes) metrics.set('wallet_fraud_ruleset_info', { hash }, 1);
      current = hashes;
    },
    batch(screened, first, seconds) {
      flush();
      const stage = 'fraud';
      metrics.inc('wallet_stage_records_total', { stage, outcome: 'done' }, first);
      metrics.inc('wallet_stage_records_total', { stage, outcome: 'duplicate' }, screened - first);
      metrics.observe('wallet_fraud_decision_duration_seconds', {}, seconds);
    },
  };
}

type DecisionLabels = LabelsOf<'wallet_fraud_decisions_total'>;

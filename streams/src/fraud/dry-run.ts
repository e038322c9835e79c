import { features, type RuleSet, type ScreenedPayment } from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import type { Decision } from '@wallet/schemas';
import type { LiveLists } from './live-lists.ts';
import type { LiveRules } from './live-rules.ts';
import { velocityPlan } from './plan.ts';
import { scorePayment } from './scoring.ts';
import type { Velocity } from './velocity.ts';

/** What would become of a payment: decided as it is live, counted nowhere. */
export type DryRun = {
  /** By the live set, in a rollout by the one that comes, or by the set given. */
  decide(
    payment: ScreenedPayment,
    ruleSet?: RuleSet,
  ): Promise<{ decision: Decision; ruleSet: RuleSet }>;
};

export function createDryRun(deps: {
  velocity: Pick<Velocity, 'peek'>;
  liveRules: Pick<LiveRules, 'current'>;
  lists: Pick<LiveLists, 'current'>;
  clock: Clock;
}): DryRun {
  const { velocity, clock } = deps;
  return {
    async decide(payment, given) {
      const ruleSet = given ?? deps.liveRules.current().live;
      const counted = {
        ...{ payment, id: '', amountMinor: Number(payment.amount_minor) },
        ...{ atMs: payment.accepted_at, partition: 0, offset: 0, complete: true },
        features: new Float64Array(features.length).fill(NaN),
      };
      const askedMs = performance.now();
      const { velocityDeadlineMs } = ruleSet.settings;
      await velocity.peek([counted], velocityPlan(ruleSet), velocityDeadlineMs);
      const countersUs = Math.round((performance.now() - askedMs) * 1_000);
      const history = deps.lists.current();
      const decidedAtMs = clock.nowMs();
      const decision = scorePayment({
        ...{ payment, ruleSet, countersUs, decidedAtMs, features: counted.features },
        degraded: !counted.complete,
        lists: history.atVersion(history.version, decidedAtMs),
        listsVersion: history.version,
      });
      return { decision, ruleSet };
    },
  };
}

import {
  addToTally,
  features,
  type Difference,
  type Label,
  type ListHistory,
  type RuleSet,
  type Tally,
} from '@wallet/core-ledger';
import type { PaymentIntent } from '@wallet/schemas';
import type { Outcome } from '../outcomes/outcome.ts';
import type { AccountAges } from './account-ages.ts';
import type { Counters } from './counters.ts';
import { createRecentIds } from './recent-ids.ts';

/** Two rule sets over the payments of the past, each payment as it stood then. */
export type Trial = {
  /**
   * Counts a payment and, when `isJudged`, lets both sets judge it. Answers the difference between
   * them, if there is one. What was seen before changes nothing.
   */
  meet(intent: PaymentIntent, isJudged: boolean): Difference | null;
  learn(outcome: Outcome): void;
};

/**
 * Pure but for `tally`, which it fills. Throws what a rule throws.
 * @param options.labelOf what is known of a payment today
 */
export function createTrial(options: {
  /** The set that decides this payment, before the candidate does. */
  championOf: (paymentId: string) => RuleSet;
  candidate: RuleSet;
  counters: Counters;
  ages: Pick<AccountAges, 'fill'>;
  lists: Pick<ListHistory, 'asOf'>;
  labelOf: (paymentId: string, acceptedAtMs: number) => Label;
  tally: Tally;
}): Trial {
  const { championOf, candidate, counters, ages, lists, labelOf, tally } = options;
  const values = new Float64Array(features.length);
  const seen = createRecentIds();

  return {
    meet(intent, isJudged) {
      // A producer may write a record twice, close to each other; live, the second is recognised.
      if (!seen.add(intent.intent_id)) return null;
      const { accepted_at: atMs, currency } = intent;
      const amountMinor = Number(intent.amount_minor);
      values.fill(NaN);
      counters.count({ payment: intent, amountMinor, atMs, features: values });
      if (!isJudged) return null;
      ages.fill(intent, values);
      const facts = { payment: intent, amountMinor, features: values, missing: '' };
      const known = { ...facts, lists: lists.asOf(atMs) };
      // What `scorePayment` asks for a decision, without making its record.
      const verdicts = {
        champion: championOf(intent.intent_id).evaluate(known, false),
        candidate: candidate.evaluate(known, false),
      };
      const label = labelOf(intent.intent_id, atMs);
      addToTally(tally, { amountMinor, currency, label, ...verdicts });
      if (verdicts.champion.outcome === verdicts.candidate.outcome) return null;
      return {
        ...{ paymentId: intent.intent_id, acceptedAt: new Date(atMs) },
        ...{ amountMinor: intent.amount_minor, currency, label },
        champion: { outcome: verdicts.champion.outcome, score: verdicts.champion.score },
        candidate: { outcome: verdicts.candidate.outcome, score: verdicts.candidate.score },
      };
    },
    learn(outcome) {
      if (seen.add(outcome.id)) counters.record(outcome);
    },
  };
}

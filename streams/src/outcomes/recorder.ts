import { features, outcomeKinds, type OutcomeKind } from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';
import type { Counted } from '../fraud/counted.ts';
import { recordingPlan, type VelocityPlan } from '../fraud/plan.ts';
import type { Velocity } from '../fraud/velocity.ts';
import type { Contexts } from './contexts.ts';
import type { Outcome } from './outcome.ts';

/** An outcome and the record that told it. */
export type Told = { readonly outcome: Outcome; readonly source: number; readonly offset: number };

/** Nobody waits for these counters: a slow Redis gets its time. */
const deadlineMs = 2_000;
/** One pipelined request takes this many: some 10 µs of Redis each. */
const batchSize = 500;

const kinds = Object.keys(outcomeKinds) as OutcomeKind[];
const plans = new Map(
  kinds.map((kind): [OutcomeKind, VelocityPlan] => [kind, recordingPlan(kind)]),
);
const needsContext = new Set(
  kinds.filter((kind) =>
    features.some(
      (feature) =>
        feature.family === 'outcomes' &&
        feature.kind === kind &&
        feature.entity !== 'payer' &&
        feature.entity !== 'payee',
    ),
  ),
);

/**
 * Counts outcomes at the entities of their payments, once each. Throws a retriable fault while
 * Redis does not take them: the same outcomes may then be given again.
 */
export function createRecorder(deps: {
  velocity: Pick<Velocity, 'count'>;
  contexts: Contexts;
}): (told: readonly Told[]) => Promise<void> {
  const { velocity, contexts } = deps;
  // Nobody reads the answers.
  const answers = new Float64Array(features.length);

  return async (told) => {
    const asked = told
      .filter(({ outcome: { kind, hasContext } }) => !hasContext && needsContext.has(kind))
      .map(({ outcome }) => outcome.paymentId);
    const known = asked.length === 0 ? null : await contexts([...new Set(asked)]);
    for (const [kind, plan] of plans) {
      const items = told
        .filter(({ outcome }) => outcome.kind === kind)
        .map(({ outcome, source, offset }): Counted => {
          const { id, atMs, amountMinor, parties, paymentId } = outcome;
          const context = known?.get(paymentId) ?? parties.context;
          const payment = { ...parties, context };
          const place = { partition: source, offset };
          return { payment, id, atMs, amountMinor, ...place, features: answers, complete: true };
        });
      for (let at = 0; at < items.length; at += batchSize) {
        const batch = items.slice(at, at + batchSize);
        await velocity.count(batch, plan, deadlineMs);
        if (batch.some(({ complete }) => !complete))
          throw new Fault('redis_unavailable', 'outcomes could not be counted', {
            retriable: true,
          });
      }
    }
  };
}

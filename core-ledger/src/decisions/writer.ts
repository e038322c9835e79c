import { createBatchInsert } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';

/** What the ledger reads of a fraud decision; the wire's record has this shape. */
export type DecisionFact = {
  readonly outcome: 'approve' | 'review' | 'block';
  readonly score: number;
  readonly degraded: boolean;
  /** Milliseconds since 1970. */
  readonly decided_at: number;
  readonly ruleset_hash: string;
};

/** Gathers fraud decisions, for one statement a batch. */
export type DecisionWriter = {
  reset(): void;
  /** `scored` are the bytes of the record as it came: decision, inputs and the writer's schema. */
  add(paymentId: string, decision: DecisionFact, scored: Uint8Array): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

export function createDecisionWriter(): DecisionWriter {
  const decisions = createBatchInsert('decision', {
    payment_id: 'uuid',
    decided_at: 'timestamptz',
    score: 'int4',
    degraded: 'bool',
    outcome: 'text',
    ruleset_hash: 'text',
    scored: 'bytea',
  });
  const { columns } = decisions;
  return {
    reset: () => decisions.reset(),
    add(paymentId, decision, scored) {
      columns.payment_id.add(paymentId);
      columns.decided_at.add(decision.decided_at);
      columns.score.add(decision.score);
      columns.degraded.add(decision.degraded);
      columns.outcome.add(decision.outcome);
      columns.ruleset_hash.add(decision.ruleset_hash);
      columns.scored.add(scored);
    },
    statements: () => (decisions.count() > 0 ? [decisions.statement()] : []),
  };
}

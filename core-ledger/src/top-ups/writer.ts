import { createBatchInsert } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { TopUpOutcome, TopUpRequest } from './decide.ts';

/** Gathers decided top-ups, for one statement a batch. */
export type TopUpWriter = {
  reset(): void;
  add(request: TopUpRequest, outcome: TopUpOutcome): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

export function createTopUpWriter(): TopUpWriter {
  const topUps = createBatchInsert('top_up', {
    id: 'uuid',
    wallet_id: 'uuid',
    owner_id: 'uuid',
    amount_minor: 'int8',
    accepted_at: 'timestamptz',
    version: 'int4',
    status: 'text',
    currency: 'text',
    failure_code: 'text',
    reference: 'text',
  });
  const { columns } = topUps;
  return {
    reset: () => topUps.reset(),
    add(request, outcome) {
      columns.id.add(request.intent_id);
      columns.wallet_id.add(request.wallet_id);
      columns.owner_id.add(request.owner_id);
      columns.amount_minor.add(request.amount_minor);
      columns.accepted_at.add(request.accepted_at);
      columns.version.add(1);
      columns.status.add(outcome.status);
      columns.currency.add(request.currency);
      columns.failure_code.add(outcome.failureCode);
      columns.reference.add(request.reference);
    },
    statements: () => (topUps.count() > 0 ? [topUps.statement()] : []),
  };
}

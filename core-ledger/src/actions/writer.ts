import { createBatchInsert } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { ActionView } from './action.ts';

/** Gathers decided actions, for one statement a batch. */
export type ActionWriter = {
  reset(): void;
  add(action: DecidedAction): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

export type DecidedAction = Omit<ActionView, 'createdAt' | 'updatedAt'> & {
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
};

export function createActionWriter(): ActionWriter {
  const actions = createBatchInsert('action', {
    ...{ id: 'uuid', object: 'text', object_id: 'uuid', amount_minor: 'int8' },
    ...{ accepted_at: 'timestamptz', actor_id: 'uuid', action: 'text', status: 'text' },
    failure_code: 'text',
  });
  const { columns } = actions;
  return {
    reset: () => actions.reset(),
    add(action) {
      columns.id.add(action.id);
      columns.object.add(action.noun);
      columns.object_id.add(action.nounId);
      columns.amount_minor.add(action.amountMinor);
      columns.accepted_at.add(action.acceptedAtMs);
      columns.actor_id.add(action.actorId);
      columns.action.add(action.action);
      columns.status.add(action.status);
      columns.failure_code.add(action.failureCode);
    },
    statements: () => (actions.count() > 0 ? [actions.statement()] : []),
  };
}

import { StatementFault } from '../database/session.ts';
import { createBatchStatement } from '../database/statements.ts';
import type { Answer, BatchStatement, Statement } from '../database/statements.ts';
import { firstOfTables } from './kinds.ts';
import type { IntentKind } from './kinds.ts';

/** An intent as it was read from its topic. */
export type IntentFact = {
  readonly intentId: string;
  readonly kind: IntentKind;
  /** SHA-256 of the canonical request. */
  readonly payloadHash: Uint8Array;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

/** What tells a repeat from another intent under the same id. */
export type RecordedIntent = {
  /** SHA-256 in lower-case hex. */
  readonly payloadHash: string;
  /** Minor units; null while the intent is parked. */
  readonly amountMinor: bigint | null;
};

/** Records each intent once; the unique id is what makes every effect happen once. */
export type IntentWriter = {
  /** Inserts the new ones. Ids must differ from each other. */
  record(intents: Iterable<IntentFact>): Statement;
  /**
   * The same for those that should all be new, at two thirds of the cost: one that was recorded
   * before fails the statement, see `isRecordedAgain`.
   */
  recordNew(intents: Iterable<IntentFact>): Statement;
  /** From the answer of `record` or `recordNew`: ids that were recorded before. */
  knownOf(answer: Answer): Set<string>;
  /** What recorded intents asked for. */
  readRecorded(intentIds: Iterable<string>): Statement;
  /** From the answer of `readRecorded`, by id. */
  recordedOf(answer: Answer): Map<string, RecordedIntent>;
  /** A recorded intent waits, or no longer does. */
  setState(intentIds: Iterable<string>, state: 'settled' | 'parked'): Statement;
};

const recordNewName = 'record_new_intents';

/** Whether `recordNew` failed because one of its intents had been recorded before. */
export function isRecordedAgain(error: unknown): boolean {
  return (
    error instanceof StatementFault && error.code === '23505' && error.statement === recordNewName
  );
}

export function createIntentWriter(): IntentWriter {
  const { recorded, recordedNew, earlier, states } = intentStatements();
  return {
    record: (intents) => filled(recorded, intents),
    recordNew: (intents) => filled(recordedNew, intents),
    knownOf: (answer) => new Set(answer.rows.map(([id]) => id ?? '')),
    readRecorded(intentIds) {
      earlier.reset();
      for (const id of intentIds) earlier.columns.id.add(id);
      return earlier.statement();
    },
    recordedOf: (answer) =>
      new Map(
        answer.rows.map(([id, hash, amount]) => [
          id ?? '',
          { payloadHash: hash ?? '', amountMinor: amount ? BigInt(amount) : null },
        ]),
      ),
    setState(intentIds, state) {
      states.reset();
      for (const id of intentIds) states.columns.id.add(id);
      return states.statement(state);
    },
  };
}

const intentColumns = {
  id: 'uuid',
  kind: 'text',
  payload_hash: 'bytea',
  source_topic: 'text',
  source_partition: 'int4',
  source_offset: 'int8',
} as const;

function filled(
  statement: BatchStatement<typeof intentColumns>,
  intents: Iterable<IntentFact>,
): Statement {
  statement.reset();
  const { columns } = statement;
  for (const intent of intents) {
    columns.id.add(intent.intentId);
    columns.kind.add(intent.kind);
    columns.payload_hash.add(intent.payloadHash);
    columns.source_topic.add(intent.topic);
    columns.source_partition.add(intent.partition);
    columns.source_offset.add(BigInt(intent.offset));
  }
  return statement.statement();
}

function intentStatements() {
  const insert = `insert into intent (${Object.keys(intentColumns).join(', ')})
    select * from $rows`;
  const recorded = createBatchStatement({
    name: 'record_intents',
    // Answers what was not inserted: usually nothing. `not in` is a hashed look-up.
    text: `with added as (${insert} on conflict do nothing returning id)
      select r.id from unnest($1::uuid[]) as r (id) where r.id not in (select id from added)`,
    columns: intentColumns,
  });
  const recordedNew = createBatchStatement({
    name: recordNewName,
    text: insert,
    columns: intentColumns,
  });
  const earlier = createBatchStatement({
    name: 'read_recorded_intents',
    text: `select i.id, encode(i.payload_hash, 'hex'),
        coalesce(${firstOfTables(({ asked }) => (asked === null ? '0' : `t.${asked}`))})
      from intent i where i.id = any($1::uuid[])`,
    columns: { id: 'uuid' },
  });
  const states = createBatchStatement({
    name: 'set_intent_state',
    text: `update intent set state = $1::text where id = any($2::uuid[])`,
    columns: { id: 'uuid' },
    leading: 1,
  });
  return { recorded, recordedNew, earlier, states };
}

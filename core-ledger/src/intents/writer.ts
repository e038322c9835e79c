import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';

/** An intent as it was read from its topic. */
export type IntentFact = {
  readonly intentId: string;
  readonly kind: 'payment' | 'top_up';
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
  /** From the answer of `record`: ids that were recorded before; almost always none. */
  knownOf(answer: Answer): Set<string>;
  /** What recorded intents asked for. */
  readRecorded(intentIds: Iterable<string>): Statement;
  /** From the answer of `readRecorded`, by id. */
  recordedOf(answer: Answer): Map<string, RecordedIntent>;
  /** A recorded intent waits, or no longer does. */
  setState(intentIds: Iterable<string>, state: 'settled' | 'parked'): Statement;
};

export function createIntentWriter(): IntentWriter {
  const { recorded, earlier, states } = intentStatements();
  return {
    record(intents) {
      recorded.reset();
      const { columns } = recorded;
      for (const intent of intents) {
        columns.id.add(intent.intentId);
        columns.kind.add(intent.kind);
        columns.payload_hash.add(intent.payloadHash);
        columns.source_topic.add(intent.topic);
        columns.source_partition.add(intent.partition);
        columns.source_offset.add(BigInt(intent.offset));
      }
      return recorded.statement();
    },
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

function intentStatements() {
  const recorded = createBatchStatement({
    name: 'record_intents',
    // Answers what was not inserted: usually nothing. `not in` is a hashed look-up.
    text: `with added as (
        insert into intent (id, kind, payload_hash, source_topic, source_partition, source_offset)
        select * from $rows on conflict do nothing returning id)
      select r.id from unnest($1::uuid[]) as r (id) where r.id not in (select id from added)`,
    columns: {
      id: 'uuid',
      kind: 'text',
      payload_hash: 'bytea',
      source_topic: 'text',
      source_partition: 'int4',
      source_offset: 'int8',
    },
  });
  const earlier = createBatchStatement({
    name: 'read_recorded_intents',
    text: `select i.id, encode(i.payload_hash, 'hex'), coalesce(
        (select p.amount_minor from payment p where p.id = i.id),
        (select t.amount_minor from top_up t where t.id = i.id))
      from intent i where i.id = any($1::uuid[])`,
    columns: { id: 'uuid' },
  });
  const states = createBatchStatement({
    name: 'set_intent_state',
    text: `update intent set state = $1::text where id = any($2::uuid[])`,
    columns: { id: 'uuid' },
    leading: 1,
  });
  return { recorded, earlier, states };
}

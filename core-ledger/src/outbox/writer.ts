import { createBatchStatement } from '../database/statements.ts';
import type { Answer, BatchStatement, Statement } from '../database/statements.ts';

/** A record to be published, committed with the change that caused it. */
export type OutboxRecord = {
  readonly eventId: string;
  /** For records that must go where another one was; null leaves it to the key. */
  readonly partition: number | null;
  readonly key: string;
  readonly payload: Buffer;
  readonly headers: Readonly<Record<string, string>>;
};

/** The records of one topic from one transaction, published together and in this order. */
export type OutboxBatch = {
  readonly id: bigint;
  readonly topic: string;
  readonly records: readonly OutboxRecord[];
};

/** Gathers outbox records, for one statement a topic and batch. */
export type OutboxWriter = {
  reset(): void;
  add(topic: string, record: OutboxRecord): void;
  /** Send these last: ids are drawn while every row lock of the transaction is held. */
  statements(): Statement[];
  /** What was written, from the answers of `statements` in their order. */
  batchesOf(answers: readonly Answer[]): OutboxBatch[];
};

type Gathered = { statement: BatchStatement<typeof columnTypes>; records: OutboxRecord[] };

const columnTypes = {
  position: 'int4',
  event_id: 'uuid',
  partition: 'int4',
  key: 'text',
  payload: 'bytea',
  headers: 'text',
} as const;

export function createOutboxWriter(): OutboxWriter {
  const byTopic = new Map<string, Gathered>();
  const used = (): [string, Gathered][] =>
    [...byTopic].filter(([, gathered]) => gathered.records.length > 0);
  return {
    reset() {
      for (const gathered of byTopic.values()) {
        gathered.statement.reset();
        gathered.records = [];
      }
    },
    add(topic, record) {
      let gathered = byTopic.get(topic);
      if (gathered === undefined) {
        gathered = { statement: outboxStatement(), records: [] };
        byTopic.set(topic, gathered);
      }
      const { columns } = gathered.statement;
      columns.position.add(gathered.records.length);
      columns.event_id.add(record.eventId);
      columns.partition.add(record.partition);
      columns.key.add(record.key);
      columns.payload.add(record.payload);
      columns.headers.add(JSON.stringify(record.headers));
      gathered.records.push(record);
    },
    statements: () =>
      used().map(([topic, { statement, records }]) => statement.statement(topic, records.length)),
    batchesOf: (answers) =>
      used().map(([topic, { records }], index) => ({
        id: BigInt(answers[index]?.rows[0]?.[0] ?? ''),
        topic,
        records,
      })),
  };
}

function outboxStatement(): Gathered['statement'] {
  return createBatchStatement({
    name: 'insert_outbox',
    text: `with batch as (
        insert into outbox_batch (topic, record_count) values ($1::text, $2::int) returning id),
      records as (
        insert into outbox (batch_id, position, event_id, partition, key, payload, headers)
        select batch.id, r.* from batch, $rows as r)
      select id from batch`,
    columns: columnTypes,
    leading: 2,
  });
}

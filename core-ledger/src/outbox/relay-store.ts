import type { Statement } from '../database/statements.ts';
import type { Answer } from '../database/statements.ts';
import { createBatchStatement } from '../database/statements.ts';
import type { OutboxRecord } from './writer.ts';

/** A batch that no mark says was published. */
export type UnpublishedBatch = { id: bigint; topic: string; recordCount: number };

/** Taken by the one relay that publishes; any constant of our own. */
const leaderLock = 7_305_004;

/** Most batches one round looks at. */
const batchesPerRound = 500;

/** What the relay asks of the outbox; one statement each. */
export type RelayStore = {
  /** Answers one row with `t` or `f`; the lock lives as long as the session. */
  takeLead(): Statement;
  /** Marks batches as published and lists those that are not, oldest first. */
  markAndList(published: Iterable<bigint>): Statement;
  listOf(answer: Answer): UnpublishedBatch[];
  readRecords(batchIds: Iterable<bigint>): Statement;
  /** From the answer of `readRecords`: records by batch, in order. */
  recordsOf(answer: Answer): Map<bigint, OutboxRecord[]>;
  /** Deletes at most `maximum` batches published more than `hours` ago, oldest first. */
  sweep(hours: number, maximum: number): Statement;
};

export function createRelayStore(): RelayStore {
  const { list, read } = relayStatements();
  return {
    takeLead: () => ({
      name: 'take_relay_lead',
      text: `select pg_try_advisory_lock($1::bigint)`,
      values: [leaderLock],
    }),
    markAndList(published) {
      list.reset();
      for (const id of published) list.columns.id.add(id);
      return list.statement();
    },
    listOf: (answer) =>
      answer.rows.map(([id, topic, recordCount]) => ({
        id: BigInt(id ?? ''),
        topic: topic ?? '',
        recordCount: Number(recordCount),
      })),
    readRecords(batchIds) {
      read.reset();
      for (const id of batchIds) read.columns.id.add(id);
      return read.statement();
    },
    recordsOf: (answer) => {
      const byBatch = new Map<bigint, OutboxRecord[]>();
      for (const [batchId, eventId, partition, key, payload, headers] of answer.rows) {
        const id = BigInt(batchId ?? '');
        const records = byBatch.get(id) ?? [];
        byBatch.set(id, records);
        records.push({
          eventId: eventId ?? '',
          partition: typeof partition === 'string' ? Number(partition) : null,
          key: key ?? '',
          // The text form of bytea: \x and hexadecimal digits.
          payload: Buffer.from((payload ?? '').slice(2), 'hex'),
          headers: JSON.parse(headers ?? '{}') as Record<string, string>,
        });
      }
      return byBatch;
    },
    sweep: (hours, maximum) => ({
      name: 'sweep_outbox',
      // Looks at the oldest rows alone: a scan for what is old enough would read all the others.
      text: `with oldest as (
          select id, published_at from outbox_batch order by id limit $2::int),
        old as (
          select id from oldest
          where published_at < statement_timestamp() - make_interval(hours => $1::int)),
        records as (delete from outbox o using old where o.batch_id = old.id)
        delete from outbox_batch b using old where b.id = old.id`,
      values: [hours, maximum],
    }),
  };
}

function relayStatements() {
  const list = createBatchStatement({
    name: 'mark_and_list_outbox',
    // The list is of the snapshot before the marks, hence the second condition.
    text: `with marked as (
        update outbox_batch set published_at = statement_timestamp()
        where id = any($1::int8[]) and published_at is null)
      select id, topic, record_count from outbox_batch
      where published_at is null and id <> all($1::int8[])
      order by id limit ${batchesPerRound}`,
    columns: { id: 'int8' },
  });
  const read = createBatchStatement({
    name: 'read_outbox',
    text: `select batch_id, event_id, partition, key, payload, headers from outbox
      where batch_id = any($1::int8[]) order by batch_id, position`,
    columns: { id: 'int8' },
  });
  return { list, read };
}

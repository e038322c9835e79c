import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';

/** A record that waits. Its value is kept as it came, so that it is decided as if it came anew. */
export type ParkedRecord = {
  readonly intentId: string;
  /** The payer's account, whose intents keep their order; null for a credit. */
  readonly orderedAccountId: bigint | null;
  readonly blockedAccountId: bigint;
  readonly reason: 'account_locked' | 'behind_parked';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
};

/** A parked record due for another try. */
export type DueRecord = ParkedRecord & { readonly id: bigint; readonly attempt: number };

/** Only one transaction at a time retries parked records: that keeps their order. */
const retryLock = 7_305_005;
/** Most records of one retry. */
const dueLimit = 200;

export type ParkedStore = {
  /** Which of these accounts have intents waiting. Run it after the accounts are locked. */
  findWaiting(accountIds: Iterable<bigint>): Statement;
  waitingOf(answer: Answer): Set<bigint>;
  park(records: readonly ParkedRecord[], retryInMs: number): Statement;
  /** One row, `t` when this transaction may retry. */
  takeTurn(): Statement;
  /** Due records of the topics, oldest first, that stand behind none that is not due. */
  findDue(topics: readonly string[]): Statement;
  dueOf(answer: Answer): DueRecord[];
  unpark(ids: Iterable<bigint>): Statement;
  /** Another try failed: later tries wait longer, up to five seconds. */
  postpone(ids: Iterable<bigint>): Statement;
};

export function createParkedStore(): ParkedStore {
  const { waiting, parked, unparked, postponed } = parkedStatements();
  return {
    findWaiting(accountIds) {
      waiting.reset();
      for (const id of accountIds) waiting.columns.id.add(id);
      return waiting.statement();
    },
    waitingOf: (answer) => new Set(answer.rows.map(([id]) => BigInt(id ?? ''))),
    park(records, retryInMs) {
      parked.reset();
      const { columns } = parked;
      for (const record of records) {
        columns.intent_id.add(record.intentId);
        columns.ordered_account_id.add(record.orderedAccountId);
        columns.blocked_account_id.add(record.blockedAccountId);
        columns.reason.add(record.reason);
        columns.topic.add(record.topic);
        columns.partition.add(record.partition);
        columns.source_offset.add(BigInt(record.offset));
        columns.timestamp_ms.add(BigInt(record.timestampMs));
        columns.key.add(record.key);
        columns.value.add(record.value);
        columns.headers.add(JSON.stringify(record.headers));
      }
      return parked.statement(retryInMs);
    },
    takeTurn: () => ({
      name: 'take_retry_turn',
      text: `select pg_try_advisory_xact_lock($1::bigint)`,
      values: [retryLock],
    }),
    findDue: (topics) => ({
      name: 'find_due_parked',
      text: `select id, intent_id, ordered_account_id, blocked_account_id, reason, topic, partition,
          source_offset, timestamp_ms, key, value, headers, attempt
        from parked p
        where next_at <= statement_timestamp() and topic = any(string_to_array($2::text, ' '))
          and not exists (
          select from parked q where q.ordered_account_id = p.ordered_account_id
            and q.id < p.id and q.next_at > statement_timestamp())
        order by id limit $1::int`,
      values: [dueLimit, topics.join(' ')],
    }),
    dueOf: (answer) => answer.rows.map(dueRecordOf),
    unpark(ids) {
      unparked.reset();
      for (const id of ids) unparked.columns.id.add(id);
      return unparked.statement();
    },
    postpone(ids) {
      postponed.reset();
      for (const id of ids) postponed.columns.id.add(id);
      return postponed.statement();
    },
  };
}

function parkedStatements() {
  const waiting = createBatchStatement({
    name: 'find_waiting_accounts',
    text: `select distinct ordered_account_id from parked
      where ordered_account_id = any($1::int8[])`,
    columns: { id: 'int8' },
  });
  const parked = createBatchStatement({
    name: 'park',
    text: `insert into parked (intent_id, ordered_account_id, blocked_account_id, reason, topic,
        partition, source_offset, timestamp_ms, key, value, headers, next_at)
      select r.*, statement_timestamp() + $1::int * interval '1 millisecond' from $rows as r`,
    columns: {
      intent_id: 'uuid',
      ordered_account_id: 'int8',
      blocked_account_id: 'int8',
      reason: 'text',
      topic: 'text',
      partition: 'int4',
      source_offset: 'int8',
      timestamp_ms: 'int8',
      key: 'text',
      value: 'bytea',
      headers: 'text',
    },
    leading: 1,
  });
  const unparked = createBatchStatement({
    name: 'unpark',
    text: `delete from parked where id = any($1::int8[])`,
    columns: { id: 'int8' },
  });
  const postponed = createBatchStatement({
    name: 'postpone_parked',
    text: `update parked set attempt = attempt + 1, next_at = statement_timestamp()
        + least(5.0, 0.25 * power(2, least(attempt, 10))) * interval '1 second'
      where id = any($1::int8[])`,
    columns: { id: 'int8' },
  });
  return { waiting, parked, unparked, postponed };
}

function dueRecordOf(row: readonly (string | null)[]): DueRecord {
  const text = (index: number): string => row[index] ?? '';
  const orderedAccountId = row[2] ?? null;
  return {
    id: BigInt(text(0)),
    intentId: text(1),
    orderedAccountId: orderedAccountId === null ? null : BigInt(orderedAccountId),
    blockedAccountId: BigInt(text(3)),
    reason: text(4) as ParkedRecord['reason'],
    topic: text(5),
    partition: Number(text(6)),
    offset: Number(text(7)),
    timestampMs: Number(text(8)),
    key: row[9] ?? null,
    value: Buffer.from(text(10).slice(2), 'hex'),
    headers: JSON.parse(text(11)) as Record<string, string>,
    attempt: Number(text(12)),
  };
}

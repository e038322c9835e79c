import { createLimitStatements } from './limit-statements.ts';
import { createBatchInsert, createBatchStatement } from '../database/statements.ts';

export const columnsOfAccount = `a.id, a.kind, a.currency, a.status, a.limit_minor, a.balance_minor,
  a.held_minor, a.version, a.tier`;

/** Look-ups of a batch. Whoever locks does it in the order of ids. */
export function createLookUps() {
  const accounts = createBatchStatement({
    name: 'lock_accounts',
    text: `select ${columnsOfAccount}
      from account a where id = any($1::int8[]) order by id for update`,
    columns: { id: 'int8' },
  });
  const freeAccounts = createBatchStatement({
    name: 'lock_free_accounts',
    text: `select ${columnsOfAccount}
      from account a where id = any($1::int8[]) order by id for update skip locked`,
    columns: { id: 'int8' },
  });
  const accountsThere = createBatchStatement({
    name: 'find_accounts',
    text: 'select id from account a where id = any($1::int8[])',
    columns: { id: 'int8' },
  });
  const namedAccounts = createBatchStatement({
    name: 'lock_named_accounts',
    // A hold and a transfer stay on their accounts for ever: what is named may be read unlocked.
    text: `select ${columnsOfAccount} from account a where id = any(array(
        select unnest($1::int8[])
        union all select account_id from hold where id = any($2::uuid[])
        union all select account_id from entries_of_transfers($3::uuid[])
      )) order by id for update`,
    columns: { id: 'int8', hold_id: 'uuid', transfer_id: 'uuid' },
  });
  const holds = createBatchStatement({
    name: 'read_holds',
    text: `select id, account_id, amount_minor, captured_minor, state, payment_id,
        expires_at <= statement_timestamp()
      from hold where id = any($1::uuid[])`,
    columns: { id: 'uuid' },
  });
  const originals = createBatchStatement({
    name: 'read_originals',
    // Not as joins: of a small table and a function they begin with the table.
    text: `select e.transfer_id, (select kind from transfer where id = e.transfer_id) as kind,
        (select payment_id from transfer where id = e.transfer_id) as payment_id,
        (select id from transfer where reverses = e.transfer_id) is not null as is_reversed,
        e.account_id, e.amount_minor
      from entries_of_transfers($1::uuid[]) e`,
    columns: { id: 'uuid' },
  });
  const known = createBatchStatement({
    name: 'read_known_ids',
    text: `select id, encode(payload_hash, 'hex'), 'transfer', null::text, null::int
        from transfer where id = any($1::uuid[])
      union all select id, encode(payload_hash, 'hex'), 'hold', null::text, null::int
        from hold where id = any($1::uuid[])
      union all select id, encode(payload_hash, 'hex'), kind, refusal, refused_item
        from posting_result where id = any($1::uuid[])`,
    columns: { id: 'uuid' },
  });
  const entries = createBatchStatement({
    name: 'read_entries_of_transfers',
    text: `select transfer_id, account_id, amount_minor from entries_of_transfers($1::uuid[])`,
    columns: { id: 'uuid' },
  });
  return { accounts, freeAccounts, accountsThere, namedAccounts, holds, originals, known, entries };
}

/** What writes a book. */
export function createWrites() {
  const transfers = createBatchInsert('transfer', {
    id: 'uuid',
    kind: 'text',
    payment_id: 'uuid',
    intent_id: 'uuid',
  });
  const entries = createBatchInsert('entry', {
    account_id: 'int8',
    version: 'int8',
    transfer_id: 'uuid',
    amount_minor: 'int8',
    balance_after_minor: 'int8',
  });
  const accounts = createBatchStatement({
    name: 'update_accounts',
    text: `update account a set balance_minor = r.balance_minor, held_minor = r.held_minor,
        version = r.version
      from $rows as r (id, balance_minor, held_minor, version) where a.id = r.id`,
    columns: { id: 'int8', balance_minor: 'int8', held_minor: 'int8', version: 'int8' },
  });
  // In the order of writing: entries are not posted before their transfer.
  return {
    ...{ transfers, ...createDescribedWrites(), entries },
    ...createHoldWrites(),
    accounts,
    usage: createLimitStatements().usage,
  };
}

function createHoldWrites() {
  const newHolds = createBatchStatement({
    name: 'insert_hold',
    // One that was captured or voided in the batch that opened it is written as it ended.
    text: `insert into hold (id, account_id, amount_minor, payment_id, reason, expires_at,
        captured_minor, state, closed_at, payload_hash, reference, metadata)
      select r.id, r.account_id, r.amount_minor, r.payment_id, r.reason,
        statement_timestamp() + make_interval(secs => r.expires_in), r.captured_minor, r.state,
        case when r.state <> 'open' then statement_timestamp() end,
        r.payload_hash, r.reference, r.metadata::jsonb
      from $rows as r (id, account_id, amount_minor, payment_id, reason, expires_in,
        captured_minor, state, payload_hash, reference, metadata)`,
    columns: {
      ...{ id: 'uuid', account_id: 'int8', amount_minor: 'int8', payment_id: 'uuid' },
      ...{ reason: 'text', expires_in: 'int4', captured_minor: 'int8', state: 'text' },
      ...{ payload_hash: 'bytea', reference: 'text', metadata: 'text' },
    },
  });
  const changedHolds = createBatchStatement({
    name: 'update_hold',
    // The offset keeps the look-up behind the rows: of a small table a join begins with the table.
    // A hold stays where it is as long as its account is locked.
    text: `update hold h set captured_minor = r.captured_minor, state = r.state,
        closed_at = case when r.state <> 'open' then statement_timestamp() end
      from $rows as r (id, captured_minor, state)
      cross join lateral (select ctid from hold where id = r.id offset 0) found
      where h.ctid = found.ctid`,
    columns: { id: 'uuid', captured_minor: 'int8', state: 'text' },
  });
  return { newHolds, changedHolds };
}

/** With all that an item may say; the processors' rows say less and cost less. */
function createDescribedWrites() {
  const describedTransfers = createBatchStatement({
    name: 'insert_described_transfer',
    text: `insert into transfer (id, kind, payment_id, intent_id, payload_hash, effective_at,
        hold_id, reverses, chain_id, reference, metadata)
      select r.id, r.kind, r.payment_id, r.intent_id, r.payload_hash, r.effective_at, r.hold_id,
        r.reverses, r.chain_id, r.reference, r.metadata::jsonb
      from $rows as r (id, kind, payment_id, intent_id, payload_hash, effective_at, hold_id,
        reverses, chain_id, reference, metadata)`,
    columns: {
      ...{ id: 'uuid', kind: 'text', payment_id: 'uuid', intent_id: 'uuid' },
      ...{ payload_hash: 'bytea', effective_at: 'timestamptz', hold_id: 'uuid' },
      ...{ reverses: 'uuid', chain_id: 'uuid', reference: 'text', metadata: 'text' },
    },
  });
  const backDatedEntries = createBatchStatement({
    name: 'insert_back_dated_entry',
    text: `insert into entry (account_id, version, transfer_id, amount_minor,
        balance_after_minor, effective_at) select * from $rows`,
    columns: {
      ...{ account_id: 'int8', version: 'int8', transfer_id: 'uuid', amount_minor: 'int8' },
      ...{ balance_after_minor: 'int8', effective_at: 'timestamptz' },
    },
  });
  const results = createBatchInsert('posting_result', {
    ...{ id: 'uuid', payload_hash: 'bytea', kind: 'text', refusal: 'text' },
    refused_item: 'int4',
  });
  return { describedTransfers, backDatedEntries, results };
}

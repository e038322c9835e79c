import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDisputeShelf } from '../disputes/shelf.ts';
import { createIntentWriter } from '../intents/writer.ts';
import { createBookStore } from '../ledger/book-store.ts';
import { createLimitStatements } from '../ledger/limit-statements.ts';
import { createClearingStatements } from '../merchants/clearing-statements.ts';
import { createTermsShelf } from '../merchants/terms-shelf.ts';
import { createOffsetWriter } from '../offsets/store.ts';
import { createPaymentShelf } from '../payments/shelf.ts';
import { createTimerStatements } from '../payments/timer.ts';
import { createRelayStore } from '../outbox/relay-store.ts';
import { createParkedStore } from '../parked/store.ts';
import { createRefundShelf } from '../refunds/shelf.ts';
import { createTestDatabase } from '../testing/index.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { createWithdrawalShelf } from '../withdrawals/shelf.ts';
import { batchSettings } from './session.ts';
import type { Statement } from './statements.ts';

let drop: () => Promise<void>;
let client: pg.Client;

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  client = new pg.Client({ connectionString: made.url });
  await client.connect();
  for (const [name, value] of Object.entries(batchSettings)) {
    await client.query(`set ${name} = '${value}'`);
  }
});
afterAll(async () => {
  await client.end();
  await drop();
});

const book = createBookStore();
const changes = book.open({ command: '', rowCount: 0, rows: [] });
(changes.changed as Set<object>).add({ id: 1n, balanceMinor: 0n, heldMinor: 0n, version: 0n });
const [updateAccounts] = book.write(changes);
const one = ['00000000-0000-7000-8000-000000000000'];
const named = book.load({
  ...{ accountIds: new Set([1n]), ids: one, holdIds: one, transferIds: one },
  ...{ items: [], openTransfers: [], hasEffectiveTime: false },
});
const [updateHold] = book.write({
  ...{ transfers: [], entries: [], newHolds: [], changed: new Set() },
  changedHolds: new Set([
    {
      ...{ id: one[0] ?? '', accountId: 1n, amountMinor: 1n, paymentId: null, isPast: false },
      ...{ capturedMinor: 0n, state: 'voided' as const },
    },
  ]),
});
const intents = createIntentWriter();
const parked = createParkedStore();
const relay = createRelayStore();
const timer = createTimerStatements();
const clearing = createClearingStatements();
const someId = one[0] ?? '';
const parties = {
  ...{ id: someId, payerWalletId: someId, payeeWalletId: someId, payerId: someId },
  ...{ payeeId: someId, amountMinor: 1n, currency: 'USD', acceptedAtMs: 0, version: 1 },
};
const payments = createPaymentShelf();
const facts = { ...parties, capture: 'manual' as const, authorizationSeconds: null };
payments.ask(facts);
payments.change({
  ...{ ...facts, status: 'captured', feeMinor: 0n, capturedMinor: 1n, refundedMinor: 0n },
  ...{ refundingMinor: 0n, disputedMinor: 0n },
});
const refunds = createRefundShelf();
refunds.ask(someId);
const [readRefunds] = refunds.reads();
const refundRow = [someId, someId, someId, someId, someId, someId, someId, '1', '1', '0', null];
const restOfRow = ['USD', 'pending', '1', null, null, 'f', '0'];
refunds.open([{ command: '', rowCount: 1, rows: [[...refundRow, ...restOfRow]] }]);
const readRefund = refunds.get(someId);
if (readRefund !== undefined) refunds.put({ ...readRefund, status: 'canceled' });
const withdrawals = createWithdrawalShelf();
withdrawals.ask(someId);
withdrawals.change({
  ...{ id: someId, walletId: someId, ownerId: someId, amountMinor: 1n, currency: 'USD' },
  ...{ status: 'paid', version: 2, acceptedAtMs: 0 },
});
const terms = createTermsShelf();
terms.ask({
  ...{ walletId: someId, ownerId: someId, kind: 'merchant', currency: 'USD', accounts: {} },
  platform: {} as WalletFacts['platform'],
});
const disputes = createDisputeShelf();
disputes.ask(one[0] ?? '');

/** Every statement of the batch writers that finds rows by key. */
const lookUps: (Statement | undefined)[] = [
  createOffsetWriter().advance('g', []),
  intents.readRecorded([]),
  intents.setState([], 'parked'),
  book.lock([]),
  book.lockFree([]),
  updateAccounts,
  ...named.statements,
  book.findAccounts([]),
  updateHold,
  parked.findWaiting([]),
  parked.unpark([]),
  parked.postpone([]),
  relay.markAndList([]),
  relay.readRecords([]),
  ...(['authorized', 'in_review'] as const).flatMap((status) => [
    timer.claim(status, 1),
    timer.readDue(status, []),
  ]),
  timer.update([]),
  createLimitStatements().read([]),
  clearing.claim(1),
  clearing.observe([]),
  clearing.update([]),
  ...disputes.reads(),
  ...payments.reads(),
  ...payments.statements(),
  readRefunds,
  ...terms.reads(),
  ...refunds.statements(),
  ...withdrawals.reads(),
  ...withdrawals.statements(),
];

/** The first wallet opens the platform's accounts with its own: the table never has one row. */
const accountsOfFirstWallet = 10;

type Plan = { 'Node Type': string; 'Index Cond'?: string; 'Index Name'?: string; Plans?: Plan[] };

/**
 * A plan is made once per connection and kept while the table grows from nothing: it must be the
 * plan for a large table whatever the statistics said on the day it was made.
 */
test.each([0, 1, 3, 200])('with %i rows every look-up goes by its index', async (rows) => {
  await client.query(`
    truncate payment, refund, merchant_terms, dispute, withdrawal, intent, consumer_offset,
      parked, outbox_batch, outbox;
    delete from account;
    insert into intent select gen_random_uuid(), 1, 1, 'payment', 'settled', 't', sha256('x')
      from generate_series(1, ${rows});
    insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
      accepted_at, authorization_expires_at, version, status, currency, capture)
      select uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7(), 1, now(), now(), 1,
        (array['authorized', 'in_review', 'canceled'])[1 + n % 3], 'USD', 'manual'
      from generate_series(1, ${rows}) n;
    insert into refund (id, payment_id, payer_wallet_id, payee_wallet_id, payer_id, payee_id,
      actor_id, amount_minor, asked_minor, accepted_at, version, status, currency)
      select uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7(), 1, 0, now(), 1,
        'pending', 'USD' from generate_series(1, ${rows});
    insert into merchant_terms select uuidv7(), 10, 100, 'kept', 0, 0, 0
      from generate_series(1, ${rows});
    insert into dispute (id, payment_id, payer_wallet_id, payee_wallet_id, payer_id, payee_id,
      amount_minor, asked_minor, reserved_minor, credited_minor, awarded_minor, fee_minor,
      accepted_at, due_at, version, payer_evidence, payee_evidence, stage, status, reason,
      description, currency)
      select uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7(), 1, 0, 0, 0, 0, 0, now(),
        now(), 1, 0, 0, 'inquiry', 'opened', 'other', 'd', 'USD'
      from generate_series(1, ${rows});
    insert into withdrawal (id, wallet_id, owner_id, amount_minor, accepted_at, version, status,
      currency, destination) select uuidv7(), uuidv7(), uuidv7(), 1, now(), 1, 'in_transit', 'USD',
        'bank' from generate_series(1, ${rows});
    insert into transfer (id, kind, intent_id)
      select uuidv7(), 'payment', gen_random_uuid() from generate_series(1, ${rows});
    insert into hold (id, account_id, amount_minor, expires_at, reason)
      select uuidv7(), 1, 1, now(), 'review' from generate_series(1, ${rows});
    insert into posting_result (id, payload_hash, kind)
      select uuidv7(), 'x', 'void' from generate_series(1, ${rows});
    insert into consumer_offset select 'g', 't', i, 0 from generate_series(1, ${rows}) i;
    insert into account (kind, currency, wallet_id) select 'customer', 'USD', gen_random_uuid()
      from generate_series(1, ${rows * accountsOfFirstWallet});
    insert into outbox_batch (record_count, topic) select 1, 't' from generate_series(1, ${rows});
    insert into outbox select i, 0, gen_random_uuid(), null, 'k', 'v', '{}'
      from generate_series(1, ${rows}) i;
    insert into parked (intent_id, ordered_account_id, blocked_account_id, next_at, reason, topic,
      partition, source_offset, timestamp_ms, value, headers)
      select gen_random_uuid(), i, i, now(), 'r', 't', 0, 0, 0, 'v', '{}'
      from generate_series(1, ${rows}) i`);
  if (rows > 0) await client.query('vacuum analyze');
  const indexes = await readFirstColumns();
  for (const statement of lookUps) {
    const answer = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `explain (generic_plan, format json) ${statement?.text ?? ''}`,
    );
    const root = answer.rows[0]?.['QUERY PLAN'][0]?.Plan;
    expect({ statement: statement?.name, bad: root && badNodes(root, indexes) }).toEqual({
      statement: statement?.name,
      bad: [],
    });
  }
});

/** The first column of each index. */
async function readFirstColumns(): Promise<Map<string, string>> {
  const found = await client.query<{ name: string; first: string }>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid, 1, false) as first
     from pg_index i join pg_class c on c.oid = i.indexrelid`,
  );
  return new Map(found.rows.map(({ name, first }) => [name, first]));
}

/**
 * Scans that read a whole table, or a whole index because its first column is not asked for. A
 * partial index of what is open is small by itself.
 */
function badNodes(plan: Plan, indexes: ReadonlyMap<string, string>): string[] {
  const { 'Node Type': scan, 'Index Name': index = '', 'Index Cond': condition } = plan;
  const first = indexes.get(index);
  const isEntered = condition !== undefined && condition.includes(first ?? '');
  const whole =
    scan === 'Seq Scan' ||
    (/^Index/.test(scan) && !isEntered && index !== 'outbox_batch_unpublished');
  const here = whole ? [`${scan} ${index}`] : [];
  return [...here, ...(plan.Plans ?? []).flatMap((child) => badNodes(child, indexes))];
}

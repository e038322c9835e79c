import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Database } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';
import { commandsPlan } from './plan.ts';

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const payments = 40;

let wire: TestWire;
/** Two databases of the same wallets: one that lived, and one that is given its topics. */
let lived: Stage;
let replayed: Stage;

beforeAll(async () => {
  wire = await createTestWire('commands-replay');
  [lived, replayed] = [
    await createPostingStage(wire.wire.codec),
    await createPostingStage(wire.wire.codec),
  ];
});
afterAll(async () => {
  await Promise.all([lived.close(), replayed.close()]);
  await wire.close();
});

/** Wallets and their accounts, as they were opened, under the same ids. */
async function copyWallets(from: Database, to: Database): Promise<void> {
  for (const table of ['wallet', 'account']) {
    const { rows } = await from.knex.raw<{ rows: object[] }>(`select * from ${table}`);
    await to.knex.raw(
      `insert into ${table} overriding system value
       select * from json_populate_recordset(null::${table}, ?::json)`,
      [JSON.stringify(rows)],
    );
  }
  await to.knex.raw(
    `select setval(pg_get_serial_sequence('account', 'id'), (select max(id) from account))`,
  );
}

/** All that a replay must give again; times of writing are its own. */
async function booksOf({ database }: Stage) {
  const rows = async (sql: string) => (await database.knex.raw<{ rows: object[] }>(sql)).rows;
  return {
    accounts: await rows(
      `select coalesce(wallet_id::text, '') as wallet, kind, currency, balance_minor, held_minor,
         version from account order by 1, 2, 3`,
    ),
    entries: await rows(
      `select coalesce(a.wallet_id::text, '') as wallet, a.kind, e.version, e.amount_minor,
         e.balance_after_minor, e.transfer_id
       from entry e join account a on a.id = e.account_id order by 1, 2, 3`,
    ),
    payments: await rows(
      `select id, status, version, captured_minor, refunded_minor, disputed_minor, fee_minor,
         failure_code from payment order by id`,
    ),
    refunds: await rows('select id, status, amount_minor, failure_code from refund order by id'),
    disputes: await rows(
      'select id, status, amount_minor, reserved_minor, version from dispute order by id',
    ),
    actions: await rows('select id, action, status, failure_code from action order by id'),
    withdrawals: await rows('select id, status, failure_code from withdrawal order by id'),
  };
}

/** Of what happened, settlement's part and that of commands, each in the order of its topic. */
type Log = { settlement: InboundRecord[]; commands: InboundRecord[] };

function makeLog(stage: Stage, payers: readonly string[], shop: string): Log {
  const log: Log = { settlement: [], commands: [] };
  for (const wallet_id of payers) {
    log.commands.push(stage.walletIntent({ wallet_id, amount_minor: 5_000n }));
  }
  for (let at = 0; at < payments; at += 1) {
    const payer = payers[at % payers.length] ?? '';
    const parties = { payer_wallet_id: payer, payee_wallet_id: shop };
    const id = randomUUID();
    const amount_minor = BigInt(200 + ((seed + at * 37) % 900));
    const capture = at % 3 === 0 ? 'manual' : 'automatic';
    log.settlement.push(stage.payment({ intent_id: id, ...parties, amount_minor, capture }));
    const act = (kind: 'capture' | 'cancel', amount: bigint) =>
      stage.walletIntent({ kind, payment_id: id, amount_minor: amount, wallet_id: shop });
    const payee = { caller_id: randomUUID(), actor_role: 'support' };
    const refund = (amount: bigint) =>
      stage.refundIntent({ payment_id: id, ...parties, ...payee, amount_minor: amount });
    const dispute = randomUUID();
    const disputed = { payment_id: id, dispute_id: dispute, actor_role: 'support' };
    log.commands.push(
      ...(capture === 'manual'
        ? [act('capture', 60n), act('capture', 70n), act('cancel', 0n)]
        : []),
      refund(amount_minor / 2n),
      refund(amount_minor),
      stage.disputeIntent({ ...disputed, intent_id: dispute, reason: 'fraudulent' }),
      stage.disputeIntent({ ...disputed, kind: 'withdraw' }),
    );
  }
  log.commands.push(
    stage.walletIntent({ kind: 'withdrawal', wallet_id: payers[0] ?? '', destination: 'bank-7' }),
  );
  return log;
}

/** Handles all in batches of that size; the payers have their money first. */
async function live(stage: Stage, log: Log, size: number): Promise<void> {
  const settlement = await stage.join();
  const commands = await stage.join({ plan: commandsPlan });
  const funds = log.commands.filter((_, at) => at < 3);
  await commands.posting.handle(funds);
  for (let at = 0; at < log.settlement.length; at += size) {
    await settlement.posting.handle(log.settlement.slice(at, at + size));
  }
  const rest = log.commands.slice(funds.length);
  for (let at = 0; at < rest.length; at += size) {
    await commands.posting.handle(rest.slice(at, at + size));
  }
}

test('a full replay, in other batches and with repeats, gives the same books', async () => {
  console.log(`replay: FAULT_SEED=${seed} replays the amounts`);
  const payers = [];
  for (let at = 0; at < 3; at += 1) payers.push(await lived.openWallet());
  const shop = await lived.openWallet({ kind: 'merchant' });
  await copyWallets(lived.database, replayed.database);
  const log = makeLog(lived, payers, shop);
  await live(lived, log, 7);
  await live(replayed, repeated(log), 23);
  const books = await booksOf(lived);
  expect(await booksOf(replayed)).toEqual(books);
  const statuses = new Set(books.payments.map((row) => (row as { status: string }).status));
  expect(statuses).toEqual(new Set(['captured', 'failed']));
});

/** Each record once more, behind all, as if it had been produced twice. */
function repeated({ settlement, commands }: Log): Log {
  const again = (records: InboundRecord[]): InboundRecord[] => {
    const last = new Map<string, number>();
    for (const { topic, offset } of records)
      last.set(topic, Math.max(last.get(topic) ?? 0, offset));
    const copies = records.map((record) => {
      const offset = (last.get(record.topic) ?? 0) + 1;
      last.set(record.topic, offset);
      return { ...record, offset };
    });
    return [...records, ...copies];
  };
  return { settlement: again(settlement), commands: again(commands) };
}

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createConnection } from '../database/connection.ts';
import type { Connection } from '../database/connection.ts';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { verifyInvariants } from '../invariants/verify.ts';
import { post } from '../ledger/post.ts';
import { createTestDatabase } from '../testing/index.ts';
import { findWallets } from '../wallets/facts.ts';
import { openWallets } from '../wallets/store.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { createClearing } from './clearing.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000_000);

let db: Database;
let drop: () => Promise<void>;
let payer: WalletFacts;
let connections: Connection[];

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test clearing' });
  payer = await open('customer');
  await move('top_up', [payer.platform.external, -1_000_000_000n], [customer(), 1_000_000_000n]);
  connections = [];
  for (const name of ['one', 'other']) {
    const options = { url: made.url, applicationName: `clearing ${name}` };
    connections.push(await createConnection({ ...options, role: 'wallet_app' }));
  }
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await db.close();
  await drop();
});
beforeEach(async () => {
  await db.knex.raw(`update clearing set next_at = 'infinity'`);
});
afterEach(async () => {
  const broken = (await verifyInvariants(db.knex)).filter(({ violations }) => violations > 0);
  // Entries that were moved in time stand where their transfers do not, and debts made by hand are
  // on no list.
  expect(broken.filter(({ id }) => !['I1', 'I8', 'I17'].includes(id))).toEqual([]);
});

async function open(kind: 'customer' | 'merchant', clearingSeconds?: number): Promise<WalletFacts> {
  const id = randomUUID();
  await openWallets(db.knex, [{ id, ownerId: randomUUID(), kind, currency: 'USD' }]);
  if (clearingSeconds !== undefined) await set(id, clearingSeconds);
  const facts = (await findWallets(db.knex, [id])).get(id);
  if (facts === undefined) throw new Error('no wallet');
  return facts;
}

async function set(walletId: string, seconds: number): Promise<void> {
  await db.knex.raw(
    `insert into merchant_settings (wallet_id, mode, clearing_seconds, minimum_minor)
     values (?::uuid, 'net_deferred', ?, 0)
     on conflict (wallet_id) do update set clearing_seconds = excluded.clearing_seconds`,
    [walletId, seconds],
  );
}

type Leg = [accountId: bigint | undefined, amountMinor: bigint];
async function move(
  kind: 'payment' | 'refund' | 'dispute' | 'fee' | 'top_up',
  ...legs: Leg[]
): Promise<void> {
  const [result] = await post(db.knex, [
    {
      ...{ type: 'transfer', id: randomUUID(), kind, paymentId: null, intentId: null },
      legs: legs.map(([accountId = 0n, amountMinor]) => ({
        ...{ accountId, amountMinor, currency: 'USD' },
      })),
    },
  ]);
  if (result?.ok !== true) throw new Error(JSON.stringify(result, null, 1));
}

const customer = () => payer.accounts.customer;
const pay = (to: WalletFacts, minor: bigint) =>
  move('payment', [customer(), -minor], [to.accounts.merchant_pending, minor]);
const refund = (from: WalletFacts, minor: bigint) =>
  move('refund', [from.accounts.merchant_pending, -minor], [customer(), minor]);
const owe = (by: WalletFacts, minor: bigint) =>
  move('fee', [by.accounts.receivable, -minor], [by.platform.fees, minor]);

/** What has happened happened so much earlier. */
async function pass(merchant: WalletFacts, seconds: number): Promise<void> {
  await db.knex.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(
      `update entry set posted_at = posted_at - make_interval(secs => ?) where account_id = ?`,
      [seconds, String(merchant.accounts.merchant_pending)],
    );
    await trx.raw(`update clearing set next_at = 'epoch' where account_id = ?`, [
      String(merchant.accounts.merchant_pending),
    ]);
  });
}

async function balances({ walletId }: WalletFacts) {
  const found = await db.knex.raw<{ rows: Record<string, string>[] }>(
    `select sum(balance_minor) filter (where kind = 'merchant_pending') as pending,
       sum(balance_minor) filter (where kind = 'merchant_available') as available,
       sum(balance_minor) filter (where kind = 'receivable') as owed
     from account where wallet_id = ?::uuid`,
    [walletId],
  );
  const { pending, available, owed } = found.rows[0] ?? {};
  return {
    pending: BigInt(pending ?? 0),
    available: BigInt(available ?? 0),
    owed: BigInt(owed ?? 0),
  };
}

async function clear(limit = 50) {
  const [connection] = connections;
  if (connection === undefined) throw new Error('no connection');
  return createClearing({ connection })(limit);
}

const hour = 3_600;

test('what has lain for its time becomes available, once; a debt is repaid first', async () => {
  const merchant = await open('merchant', 24 * hour);
  await pay(merchant, 100n);
  await pass(merchant, 23 * hour);
  await pay(merchant, 1_000n);
  expect((await clear()).cleared).toEqual([]);
  await owe(merchant, 30n);
  await pass(merchant, 2 * hour);
  const accountId = merchant.accounts.merchant_pending;
  expect(await clear()).toMatchObject({
    cleared: [{ accountId, clearedMinor: 100n, repaidMinor: 30n }],
  });
  expect(await balances(merchant)).toEqual({ pending: 1_000n, available: 70n, owed: 0n });
  await pass(merchant, 0);
  expect((await clear()).cleared).toEqual([]);
  expect(await balances(merchant)).toEqual({ pending: 1_000n, available: 70n, owed: 0n });
});

test('a merchant that clears at once waits for nothing, and costs nothing while idle', async () => {
  const merchant = await open('merchant', 0);
  await pay(merchant, 100n);
  expect(await clear()).toMatchObject({ claimed: 1, cleared: [{ clearedMinor: 100n }] });
  expect(await clear()).toMatchObject({ claimed: 0 });
  await pay(merchant, 5n);
  expect(await clear()).toMatchObject({ claimed: 1, cleared: [{ clearedMinor: 5n }] });
});

test('one that clears later is looked at again when its oldest credit is due', async () => {
  const merchant = await open('merchant', 24 * hour);
  const secondsUntilNext = async (): Promise<number> => {
    const found = await db.knex.raw<{ rows: { seconds: string }[] }>(
      `select extract(epoch from next_at - now()) as seconds from clearing where account_id = ?`,
      [String(merchant.accounts.merchant_pending)],
    );
    return Number(found.rows[0]?.seconds);
  };
  expect(await clear()).toMatchObject({ claimed: 1, cleared: [] });
  expect(await secondsUntilNext()).toBeCloseTo(24 * hour, -2);
  await pay(merchant, 100n);
  await pass(merchant, 10 * hour);
  await clear();
  expect(await secondsUntilNext()).toBeCloseTo(14 * hour + 60, -2);
  expect(await clear()).toMatchObject({ claimed: 0 });
});

test('a merchant of many entries is read part by part, and cleared when all is read', async () => {
  const merchant = await open('merchant', hour);
  for (let entry = 0; entry < 2_500; entry += 500) await payOften(merchant, 500);
  await pass(merchant, 2 * hour);
  await payOften(merchant, 100);
  const runs = [];
  for (let run = 0; run < 5; run += 1) runs.push(await clear());
  expect(runs.map(({ isBehind }) => isBehind)).toEqual([true, true, false, false, false]);
  const cleared = runs.map((run) => run.cleared.map((one) => one.clearedMinor));
  expect(cleared).toEqual([[], [], [2_500n], [], []]);
  expect(await balances(merchant)).toEqual({ pending: 100n, available: 2_500n, owed: 0n });
});

async function payOften(to: WalletFacts, count: number): Promise<void> {
  const legs: [bigint, bigint][] = [
    [customer() ?? 0n, -1n],
    [to.accounts.merchant_pending ?? 0n, 1n],
  ];
  const one = { type: 'transfer', kind: 'payment', paymentId: null, intentId: null } as const;
  const items = Array.from({ length: count }, () => ({
    ...{ ...one, id: randomUUID() },
    legs: legs.map(([accountId, amountMinor]) => ({ accountId, amountMinor, currency: 'USD' })),
  }));
  for (const result of await post(db.knex, items)) expect(result.ok).toBe(true);
}

test('several processes clear each merchant once', async () => {
  const merchants: WalletFacts[] = [];
  for (let one = 0; one < 20; one += 1) merchants.push(await open('merchant', 0));
  for (let round = 0; round < 10; round += 1) {
    for (const merchant of merchants) await pay(merchant, 7n);
    const jobs = connections.map((connection) => createClearing({ connection }));
    const runs = await Promise.all(
      jobs.flatMap((job) => [1, 2, 3].reduce((last) => last.then(() => job(8)), job(8))),
    );
    expect(runs.length).toBe(jobs.length);
    await clear();
  }
  for (const merchant of merchants) {
    expect(await balances(merchant)).toEqual({ pending: 0n, available: 70n, owed: 0n });
  }
});

test('accounts that somebody has locked are left for later, their neighbours are not', async () => {
  const [locked, free] = [await open('merchant', 0), await open('merchant', 0)];
  for (const merchant of [locked, free]) await pay(merchant, 9n);
  const [connection] = connections;
  if (connection === undefined) throw new Error('no connection');
  const job = createClearing({ connection });
  await db.knex.transaction(async (trx) => {
    await trx.raw(`select from account where wallet_id = '${locked.walletId}' for update`);
    await expect(job(50)).rejects.toMatchObject({ code: '55P03' });
    expect((await job(50)).cleared).toMatchObject([{ accountId: free.accounts.merchant_pending }]);
  });
  expect((await job(50)).cleared).toMatchObject([{ accountId: locked.accounts.merchant_pending }]);
});

test('a frozen merchant clears: nothing leaves the wallet', async () => {
  const merchant = await open('merchant', 0);
  await pay(merchant, 9n);
  await db.knex.raw(
    `update account set status = 'frozen' where wallet_id = '${merchant.walletId}'`,
  );
  expect((await clear()).cleared).toHaveLength(1);
});

/** What happens to a merchant; amounts are bounded by what there is. */
const step = fc.oneof(
  fc.record({ what: fc.constant('pay' as const), minor: fc.integer({ min: 1, max: 1_000 }) }),
  fc.record({ what: fc.constant('refund' as const), minor: fc.integer({ min: 1, max: 1_500 }) }),
  fc.record({ what: fc.constant('owe' as const), minor: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ what: fc.constant('pass' as const), minor: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ what: fc.constant('set' as const), minor: fc.integer({ min: 0, max: 48 }) }),
  fc.record({ what: fc.constant('clear' as const), minor: fc.constant(0) }),
);

/** The naive way: lots in the order they came, the oldest leave first. */
function createModel() {
  const lots: { minor: bigint; hours: number }[] = [];
  const model = { available: 0n, owed: 0n };
  const take = (minor: bigint): void => {
    for (let left = minor; left > 0n;) {
      const [oldest] = lots;
      if (oldest === undefined) throw new Error('more left than came');
      const taken = oldest.minor < left ? oldest.minor : left;
      oldest.minor -= taken;
      left -= taken;
      if (oldest.minor === 0n) lots.shift();
    }
  };
  return {
    pending: () => lots.reduce((sum, { minor }) => sum + minor, 0n),
    all: () => model,
    pay: (minor: bigint) => void lots.push({ minor, hours: 0 }),
    take,
    owe: (minor: bigint) => void (model.owed -= minor),
    pass: (hours: number) => lots.forEach((lot) => void (lot.hours += hours)),
    clear(afterHours: number): void {
      const due = lots.filter(({ hours }) => hours >= afterHours);
      const minor = due.reduce((sum, lot) => sum + lot.minor, 0n);
      take(minor);
      const repaid = -model.owed < minor ? -model.owed : minor;
      model.owed += repaid;
      model.available += minor - repaid;
    },
  };
}

test(`clears what lots would, whatever else moves (PROPERTY_SEED=${seed})`, async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 10, maxLength: 40 }),
    async (all) => {
      const merchant = await open('merchant', 23.5 * hour);
      const model = createModel();
      let hours = 24;
      for (const { what, minor } of [...all, { what: 'clear' as const, minor: 0 }]) {
        const amount = BigInt(minor);
        if (what === 'pay') {
          await pay(merchant, amount);
          model.pay(amount);
        } else if (what === 'refund') {
          const refunded = amount < model.pending() ? amount : model.pending();
          if (refunded > 0n) await refund(merchant, refunded);
          model.take(refunded);
        } else if (what === 'owe') {
          await owe(merchant, amount);
          model.owe(amount);
        } else if (what === 'pass') {
          // Half an hour between what is due and what is not: the test's own time is none.
          await pass(merchant, minor * hour);
          model.pass(minor);
        } else if (what === 'set') {
          hours = minor;
          await set(merchant.walletId, minor === 0 ? 0 : minor * hour - hour / 2);
        } else {
          await pass(merchant, 0);
          await clear();
          model.clear(hours);
        }
        expect(await balances(merchant)).toEqual({ pending: model.pending(), ...model.all() });
      }
    },
  );
  await fc.assert(property, { seed, numRuns: 20, endOnFailure: true });
}, 120_000);

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findChanges } from '../changes/store.ts';
import type { Queryable } from '../database/database.ts';
import { verifyInvariants } from '../invariants/verify.ts';
import type { PostResult } from '../ledger/items.ts';
import { createLedgerStage, holdOf, move, voidOf } from '../ledger/testing/ledger-stage.ts';
import type { LedgerStage } from '../ledger/testing/ledger-stage.ts';
import { findWallets } from '../wallets/facts.ts';
import { setWalletStatus, setWalletTier } from '../wallets/control.ts';
import { findWalletViews, openWallets } from '../wallets/store.ts';
import { listTiers, putTier } from './tiers.ts';

let stage: LedgerStage;
let db: Queryable;
let shop: bigint;

beforeAll(async () => {
  stage = await createLedgerStage();
  db = stage.database.knex;
  shop = (await open(0n)).account;
});
afterAll(async () => {
  const broken = (await verifyInvariants(db)).filter(({ violations }) => violations > 0);
  await stage.close();
  expect(broken).toEqual([]);
});

type Wallet = { id: string; account: bigint };

async function open(balanceMinor: bigint, currency = 'USD'): Promise<Wallet> {
  const id = randomUUID();
  await openWallets(db, [{ id, ownerId: randomUUID(), kind: 'customer', currency }]);
  const facts = (await findWallets(db, [id])).get(id);
  const account = facts?.accounts.customer ?? 0n;
  const external = facts?.platform.external ?? 0n;
  if (balanceMinor > 0n) {
    await stage.ledger.post([move(external, account, balanceMinor, 'top_up')]);
  }
  return { id, account };
}

const order = (walletId: string) => ({
  ...{ walletId, actor: randomUUID(), role: 'operator' as const },
  ...{ reason: 'a test', requestId: 'request-1' },
});
const noLimits = { perTransactionMinor: null, perDayMinor: null, perMonthMinor: null };
async function newTier(limits: object): Promise<string> {
  const name = `tier-${randomUUID()}`;
  await putTier(db, { name, currency: 'USD', ...noLimits, maximumBalanceMinor: null, ...limits });
  return name;
}
const put = async (wallet: Wallet, tier: string | null) =>
  setWalletTier(db, { ...order(wallet.id), tier });

const outcomes = (results: readonly PostResult[]) =>
  results.map((result) => (result.ok ? 'ok' : result.reason));

test('a new wallet is under the tier of its owner, in a currency of no such tier too', async () => {
  const ownerId = randomUUID();
  const openFor = async (currency: string): Promise<string> => {
    const id = randomUUID();
    await openWallets(db, [{ id, ownerId, kind: 'customer', currency }]);
    return id;
  };
  const tierOf = async (id: string) => (await findWalletViews(db, [id]))[0]?.tier;
  const first = await openFor('USD');
  expect(await tierOf(first)).toBeNull();
  const tier = await newTier({ perTransactionMinor: 10n });
  await setWalletTier(db, { ...order(first), tier });
  const [second, foreign] = [await openFor('USD'), await openFor('EUR')];
  expect([await tierOf(second), await tierOf(foreign)]).toEqual([tier, tier]);
  // What an operator decided of a wallet holds, whatever is repeated.
  await setWalletTier(db, { ...order(second), tier: null });
  await openWallets(db, [{ id: second, ownerId, kind: 'customer', currency: 'USD' }]);
  expect(await tierOf(second)).toBeNull();
  const { accounts, platform } = (await findWallets(db, [foreign])).get(foreign) ?? {};
  const dollars = move(platform?.external ?? 0n, accounts?.customer ?? 0n, 1n, 'top_up');
  const topUp = { ...dollars, legs: dollars.legs.map((leg) => ({ ...leg, currency: 'EUR' })) };
  // Nobody has described it in this currency: it allows nothing.
  expect(outcomes(await stage.ledger.post([topUp]))).toEqual(['limit_exceeded']);
});

test('a tier is described by currency, given with what the month has cost, and taken', async () => {
  const payer = await open(10_000n);
  const tier = await newTier({ perDayMinor: 100n, maximumBalanceMinor: 20_000n });
  expect((await listTiers(db)).find(({ name }) => name === tier)).toEqual({
    ...{ name: tier, currency: 'USD', ...noLimits },
    ...{ perDayMinor: 100n, maximumBalanceMinor: 20_000n },
  });
  await stage.ledger.post([move(payer.account, shop, 70n)]);
  expect(await put(payer, 'nobody-described-it')).toEqual({ ok: false, reason: 'unknown_tier' });
  expect(await put(await open(0n, 'EUR'), tier)).toEqual({ ok: false, reason: 'unknown_tier' });
  expect(await put({ ...payer, id: randomUUID() }, tier)).toEqual({
    ...{ ok: false, reason: 'unknown_wallet' },
  });
  expect(await put(payer, tier)).toEqual({ ok: true });
  const [more, rest] = [move(payer.account, shop, 31n), move(payer.account, shop, 30n)];
  expect(await stage.ledger.post([more, rest])).toMatchObject([
    { reason: 'limit_exceeded', limit: { kind: 'per_day', limitMinor: 100n, usedMinor: 70n } },
    { ok: true },
  ]);
  await putTier(db, { name: tier, currency: 'USD', ...noLimits, maximumBalanceMinor: null });
  expect(outcomes(await stage.ledger.post([move(payer.account, shop, 500n)]))).toEqual(['ok']);
  expect(await put(payer, null)).toEqual({ ok: true });
  expect(await findChanges(db, payer.id)).toMatchObject([
    { from: 'active', to: 'active', role: 'operator', reason: 'a test', requestId: 'request-1' },
    { from: 'active', to: 'active' },
  ]);
});

test('a day begins anew, a month too; both by the calendar of the database', async () => {
  const payer = await open(10_000n);
  await put(payer, await newTier({ perDayMinor: 100n, perMonthMinor: 150n }));
  const pay = async (minor: bigint) => {
    const [result] = await stage.ledger.post([move(payer.account, shop, minor)]);
    return result?.ok === true ? 'ok' : result?.limit;
  };
  const used = `update account_usage set day = day - ?::int where account_id = ${payer.account}`;
  expect(await pay(100n)).toBe('ok');
  const now = new Date();
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  expect(await pay(1n)).toEqual({
    ...{ kind: 'per_day', limitMinor: 100n, usedMinor: 100n },
    resetsAtMs: Date.UTC(year, month, day + 1),
  });
  // It was yesterday, unless that was another month.
  if (day > 1) {
    await db.raw(used, [1]);
    expect(await pay(51n)).toEqual({
      ...{ kind: 'per_month', limitMinor: 150n, usedMinor: 100n },
      resetsAtMs: Date.UTC(year, month + 1, 1),
    });
    expect(await pay(50n)).toBe('ok');
  }
  await db.raw(used, [40]);
  expect(await pay(100n)).toBe('ok');
});

test('20 payments against a daily limit at once: exactly the allowed ones pass', async () => {
  const tier = await newTier({ perDayMinor: 700n });
  for (let repetition = 0; repetition < 200; repetition += 1) {
    const payer = await open(10_000n);
    await put(payer, tier);
    const calls = Array.from({ length: 20 }, (_, index) =>
      (stage.ledgers[index % stage.ledgers.length] ?? stage.ledger).post([
        index % 5 === 0 ? holdOf(payer.account, 100n) : move(payer.account, shop, 100n),
      ]),
    );
    const answers = (await Promise.all(calls)).flatMap(outcomes);
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(7);
    expect(answers.filter((answer) => answer === 'limit_exceeded')).toHaveLength(13);
  }
}, 120_000);

test('freeze ∥ payment: what was paid was paid before, and nothing after', async () => {
  const seen = new Set<string>();
  for (let repetition = 0; repetition < 200; repetition += 1) {
    const payer = await open(1_000n);
    const pay = (ledger = stage.ledger) => ledger.post([move(payer.account, shop, 10n)]);
    const [frozen, ...paid] = await Promise.all([
      setWalletStatus(db, { ...order(payer.id), status: 'frozen' }),
      ...stage.ledgers.flatMap((ledger) => [pay(ledger), pay(ledger)]),
    ]);
    expect(frozen).toEqual({ ok: true });
    for (const answer of paid.flatMap(outcomes)) seen.add(answer);
    expect(outcomes(await pay())).toEqual(['account_frozen']);
    expect(outcomes(await stage.ledger.post([move(shop, payer.account, 1n)]))).toEqual(['ok']);
    const late = await db.raw<{ rows: object[] }>(
      `select from entry e join account_status_change c on c.account_id = e.account_id
       where e.account_id = ? and e.amount_minor < 0 and e.posted_at > c.changed_at`,
      [String(payer.account)],
    );
    expect(late.rows).toEqual([]);
  }
  expect([...seen].sort()).toEqual(['account_frozen', 'ok']);
}, 120_000);

test('close ∥ payment: one of the two, by name', async () => {
  const seen = new Set<string>();
  await stage.ledger.post([move((await open(10_000n)).account, shop, 10_000n)]);
  for (let repetition = 0; repetition < 200; repetition += 1) {
    const payee = await open(0n);
    const [closed, paid] = await Promise.all([
      setWalletStatus(db, { ...order(payee.id), status: 'closed' }),
      stage.ledger.post([move(shop, payee.account, 10n)]),
    ]);
    const [answer = ''] = outcomes(paid);
    seen.add(answer);
    expect([answer, closed]).toEqual(
      answer === 'ok'
        ? ['ok', { ok: false, reason: 'balance_not_zero' }]
        : ['account_closed', { ok: true }],
    );
  }
  expect([...seen].sort()).toEqual(['account_closed', 'ok']);
}, 120_000);

test('a wallet is frozen and released whole, closed only when empty, and for ever', async () => {
  const id = randomUUID();
  await openWallets(db, [{ id, ownerId: randomUUID(), kind: 'merchant', currency: 'USD' }]);
  const facts = (await findWallets(db, [id])).get(id);
  const [pending = 0n, available = 0n] = [
    facts?.accounts.merchant_pending,
    facts?.accounts.merchant_available,
  ];
  const payer = await open(1_000n);
  const set = (status: 'active' | 'frozen' | 'closed') =>
    setWalletStatus(db, { ...order(id), status });
  await stage.ledger.post([move(payer.account, pending, 50n)]);
  expect(await set('frozen')).toEqual({ ok: true });
  expect(await set('frozen')).toEqual({ ok: true });
  expect(
    outcomes(
      await stage.ledger.post([
        move(payer.account, pending, 50n),
        move(pending, available, 100n, 'clearing'),
        move(available, payer.account, 40n, 'refund'),
      ]),
    ),
  ).toEqual(['ok', 'ok', 'account_frozen']);
  expect(await set('closed')).toEqual({ ok: false, reason: 'balance_not_zero' });
  expect(await set('active')).toEqual({ ok: true });
  const hold = holdOf(available, 100n);
  await stage.ledger.post([hold]);
  await stage.ledger.post([voidOf(hold.id), move(available, payer.account, 100n, 'refund')]);
  expect(await set('closed')).toEqual({ ok: true });
  expect(await set('active')).toEqual({ ok: false, reason: 'account_closed' });
  expect(outcomes(await stage.ledger.post([move(payer.account, pending, 1n)]))).toEqual([
    'account_closed',
  ]);
  expect((await findChanges(db, id)).map(({ from, to }) => `${from} ${to}`)).toEqual([
    ...['active frozen', 'frozen active', 'active closed'],
  ]);
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import type { CaptureItem, ChainItem, HoldItem, LedgerItem } from './items.ts';
import type { ReversalItem, SingleItem, TransferItem, VoidItem } from './items.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';

let db: Database;
let drop: () => Promise<void>;
let ledger: Ledger;
let external: bigint;
const clock = { nowMs: Date.now };

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test ledger' });
  ledger = createLedger({ db, clock });
  const platform = { walletId: null, ownerId: null, kind: 'external', currency: 'USD' } as const;
  [external = 0n] = await ledger.openAccounts([platform]);
});
afterAll(async () => {
  await ledger.close();
  await db.close();
  await drop();
});

/** New accounts, each with so much money. */
async function open(...amounts: bigint[]): Promise<bigint[]> {
  const ids = await ledger.openAccounts(
    amounts.map(() => ({
      ...{ walletId: randomUUID(), ownerId: randomUUID(), currency: 'USD' },
      kind: 'customer',
    })),
  );
  const funded = amounts.map((amount, at) => transfer(external, ids[at] ?? 0n, amount, 'top_up'));
  await ledger.post(funded.filter((_, at) => amounts[at] !== 0n));
  return ids;
}

function transfer(
  from: bigint,
  to: bigint,
  amountMinor: bigint,
  kind: 'payment' | 'top_up' = 'payment',
): TransferItem {
  return {
    type: 'transfer',
    ...{ id: randomUUID(), kind, paymentId: null, intentId: null },
    legs: [
      { accountId: from, currency: 'USD', amountMinor: -amountMinor },
      { accountId: to, currency: 'USD', amountMinor },
    ],
  };
}

function hold(accountId: bigint, amountMinor: bigint): HoldItem {
  const what = { id: randomUUID(), accountId, amountMinor, currency: 'USD', paymentId: null };
  return { type: 'hold', ...what, reason: 'authorization', expiresInSeconds: 60 };
}

function capture(holdId: string, accountId: bigint, amountMinor: bigint): CaptureItem {
  const what = { id: randomUUID(), holdId, intentId: null, to: [{ accountId, amountMinor }] };
  return { type: 'capture', ...what, kind: 'payment', final: true };
}

function release(holdId: string): VoidItem {
  return { type: 'void', id: randomUUID(), holdId };
}

function reversal(transferId: string): ReversalItem {
  return { type: 'reversal', id: randomUUID(), transferId, intentId: null };
}

function chain(...items: SingleItem[]): ChainItem {
  return { type: 'chain', id: randomUUID(), items };
}

const posted = { ok: true, repeated: false };
const refused = (reason: string) => ({ ok: false, repeated: false, reason });

async function balances(ids: readonly bigint[]): Promise<bigint[]> {
  const found = await ledger.reads.balances(ids);
  return ids.map((id) => found.get(id)?.balanceMinor ?? -1n);
}

/** Rows of all that posting writes. */
async function rowCounts(): Promise<unknown> {
  const found = await db.knex.raw<{ rows: unknown[] }>(
    `select (select count(*) from transfer) as transfers, (select count(*) from entry) as entries,
       (select count(*) from hold) as holds, (select count(*) from posting_result) as results,
       (select sum(version) from account) as versions`,
  );
  return found.rows[0];
}

describe('post', () => {
  test('answers each item by itself; a refused one leaves its neighbours alone', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const set = hold(ann, 30n);
    const results = await ledger.post([
      transfer(ann, bob, 50n),
      transfer(ann, bob, 51n),
      { type: 'nonsense' } as unknown as LedgerItem,
      set,
      capture(set.id, bob, 20n),
      release(set.id),
      chain(transfer(bob, ann, 10n), transfer(bob, ann, 1_000n)),
      reversal(randomUUID()),
    ]);
    expect(results).toEqual([
      posted,
      refused('insufficient_funds'),
      refused('malformed'),
      posted,
      posted,
      refused('hold_closed'),
      { ...refused('insufficient_funds'), item: 1 },
      refused('unknown_transfer'),
    ]);
    expect(await balances([ann, bob])).toEqual([30n, 70n]);
  });

  test('works on holds and transfers of earlier calls', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const [first, second, sent] = [hold(ann, 30n), hold(ann, 20n), transfer(ann, bob, 40n)];
    await ledger.post([first, second, sent]);
    const back = reversal(sent.id);
    const results = await ledger.post([capture(first.id, bob, 30n), release(second.id), back]);
    expect(results).toEqual([posted, posted, posted]);
    const again = { ...back, id: randomUUID() };
    expect(await ledger.post([again])).toEqual([refused('already_reversed')]);
    expect(await balances([ann, bob])).toEqual([70n, 30n]);
  });

  test('of many callers at once gives each its own answers', async () => {
    const [ann = 0n, bob = 0n] = await open(10_000n, 0n);
    const answers = await Promise.all(
      Array.from({ length: 256 }, async (_, caller) => {
        const items = Array.from({ length: 1 + (caller % 3) }, (__, at) =>
          transfer(ann, bob, (caller + at) % 4 === 0 ? 20_000n : 1n),
        );
        const results = await ledger.post(items);
        return results.map(({ ok }) => ok);
      }),
    );
    for (const [caller, oks] of answers.entries()) {
      expect(oks).toEqual(
        Array.from({ length: 1 + (caller % 3) }, (_, at) => (caller + at) % 4 !== 0),
      );
    }
    expect((await balances([bob]))[0]).toBe(BigInt(answers.flat().filter(Boolean).length));
  });

  test('as a dry run answers the same and leaves nothing', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const items = [transfer(ann, bob, 60n), transfer(ann, bob, 60n), hold(ann, 10n)];
    const before = await rowCounts();
    const dry = await ledger.post(items, { dryRun: true });
    expect(await rowCounts()).toEqual(before);
    expect(dry).toEqual([posted, refused('insufficient_funds'), posted]);
    expect(await ledger.post(items)).toEqual(dry);
  });

  test('as a dry run shares no transaction with callers of the same moment', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const [first, tried, last] = [1n, 2n, 4n].map((amount) => transfer(ann, bob, amount));
    await Promise.all([
      ledger.post(first ? [first] : []),
      ledger.post(tried ? [tried] : [], { dryRun: true }),
      ledger.post(last ? [last] : []),
    ]);
    expect(await balances([ann, bob])).toEqual([95n, 5n]);
  });

  test('inside of a transaction is undone with it', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const item = transfer(ann, bob, 60n);
    const undone = db.knex.transaction(async (trx) => {
      expect(await ledger.postIn(trx, [item])).toEqual([posted]);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(await ledger.post([item])).toEqual([posted]);
    expect(await db.knex.transaction((trx) => ledger.postIn(trx, [item]))).toEqual([
      { ok: true, repeated: true },
    ]);
  });
});

describe('an id', () => {
  test('is answered once: whatever the answer was, it is given again', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const set = hold(ann, 30n);
    const kept = hold(ann, 5n);
    const balancing: LedgerItem = {
      ...transfer(ann, bob, 1n),
      legs: [
        { accountId: ann, currency: 'USD', upToMinor: 7n },
        { accountId: bob, currency: 'USD', rest: true },
      ],
    };
    const items = [
      transfer(ann, bob, 10n),
      transfer(ann, bob, 1_000n),
      set,
      capture(set.id, bob, 20n),
      kept,
      release(kept.id),
      chain(transfer(ann, bob, 1n), hold(ann, 1n)),
      chain(transfer(ann, bob, 1n), transfer(ann, bob, 1_000n)),
      balancing,
    ];
    const first = await ledger.post(items);
    expect(first.filter(({ ok }) => ok)).toHaveLength(7);
    expect(first.at(-1)).toEqual({ ...posted, amounts: [-7n, 7n] });
    const again = first.map((result) => ({ ...result, repeated: true }));
    expect(await ledger.post(items)).toEqual(again);
    const twice = await ledger.post([...items.slice(0, 2), ...items]);
    expect(twice).toEqual([...again.slice(0, 2), ...again]);
    expect(await balances([ann, bob])).toEqual([62n, 38n]);
  });

  test('cannot be used for something else, in a later batch or in the same', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const item = transfer(ann, bob, 10n);
    const other = { ...transfer(ann, bob, 11n), id: item.id };
    const sameAgain = { ...item };
    expect(await ledger.post([item, other, sameAgain])).toEqual([
      posted,
      refused('id_reused'),
      { ok: true, repeated: true },
    ]);
    const asHold = { ...hold(ann, 1n), id: item.id };
    expect(await ledger.post([other, asHold, chain({ ...item })])).toEqual([
      refused('id_reused'),
      refused('id_reused'),
      { ...refused('id_reused'), item: 0 },
    ]);
  });

  test('that two ledgers post at the same moment is posted by one', async () => {
    const other = createLedger({ db, clock });
    const [ann = 0n, bob = 0n, cid = 0n] = await open(1_000n, 0n, 1_000n);
    for (let round = 0; round < 10; round += 1) {
      const item = transfer(ann, bob, 1n);
      // On other accounts nothing but the id keeps them apart.
      const reused = { ...transfer(cid, external, 1n), id: item.id, kind: 'withdrawal' as const };
      const answers = await Promise.all([
        ledger.post([item]),
        other.post([item]),
        round % 2 === 0 ? other.post([reused]) : ledger.post([reused]),
      ]);
      const [first, second, third] = answers.map(([result]) => result);
      if (third?.ok) expect([first, second]).toEqual([refused('id_reused'), refused('id_reused')]);
      else {
        expect(third).toEqual(refused('id_reused'));
        expect([first?.ok, second?.ok]).toEqual([true, true]);
        expect([first?.repeated, second?.repeated].sort()).toEqual([false, true]);
      }
    }
    await other.close();
  });
});

describe('accounts', () => {
  test('are opened once, with the limit of the chart or their own', async () => {
    const wallet = { walletId: randomUUID(), ownerId: randomUUID(), currency: 'USD' } as const;
    const plain = { ...wallet, kind: 'customer' } as const;
    const lent = { ...plain, walletId: randomUUID(), limitMinor: 50n };
    const [first = 0n, second = 0n] = await ledger.openAccounts([plain, lent]);
    expect(await ledger.openAccounts([lent, plain])).toEqual([second, first]);
    const tries = [transfer(first, second, 1n), transfer(second, first, 50n)];
    expect(await ledger.post(tries)).toEqual([refused('insufficient_funds'), posted]);
  });

  test('are frozen and released; closed only when empty, and for ever', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const set = async (status: 'active' | 'frozen' | 'closed') => {
      const change = { accountId: ann, status, actor: 'user:op', reason: 'test' };
      return ledger.setAccountStatus(change);
    };
    expect(await set('frozen')).toEqual({ ok: true });
    expect(await set('frozen')).toEqual({ ok: true });
    const results = await ledger.post([
      transfer(ann, bob, 1n),
      transfer(external, ann, 1n, 'top_up'),
    ]);
    expect(results).toEqual([refused('account_frozen'), posted]);
    expect(await set('active')).toEqual({ ok: true });
    const held = hold(ann, 1n);
    await ledger.post([held]);
    expect(await set('closed')).toEqual({ ok: false, reason: 'balance_not_zero' });
    await ledger.post([transfer(ann, bob, 100n)]);
    await ledger.post([release(held.id), transfer(ann, bob, 1n)]);
    expect(await set('closed')).toEqual({ ok: true });
    expect(await set('active')).toEqual({ ok: false, reason: 'account_closed' });
    expect(await ledger.post([transfer(bob, ann, 1n)])).toEqual([refused('account_closed')]);
    const told = await db.knex('account_status_change').where({ account_id: ann.toString() });
    expect(told.map((row: { to_status: string }) => row.to_status)).toEqual([
      ...['frozen', 'active', 'closed'],
    ]);
  });
});

describe('holds', () => {
  test('expire once by the clock of the database, whoever asks first', async () => {
    const [ann = 0n, bob = 0n] = await open(100n, 0n);
    const holds = Array.from({ length: 6 }, () => hold(ann, 10n));
    const kept = hold(ann, 10n);
    await ledger.post([...holds, kept]);
    const ids = holds.map(({ id }) => id);
    await db
      .knex('hold')
      .whereIn('id', ids)
      .update({ expires_at: new Date(Date.now() - 1_000) });
    expect(await ledger.post([capture(ids[0] ?? '', bob, 10n), release(ids[1] ?? '')])).toEqual([
      refused('hold_expired'),
      refused('hold_expired'),
    ]);
    const counts = await Promise.all([1, 2, 3].map(() => ledger.expireHolds({ limit: 4 })));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(6);
    while ((await ledger.expireHolds({ limit: 4 })) > 0);
    const account = (await ledger.reads.balances([ann])).get(ann);
    expect(account?.heldMinor).toBe(10n);
    const states = await db.knex('hold').whereIn('id', ids).select('state').groupBy('state');
    expect(states).toEqual([{ state: 'expired' }]);
    expect(await ledger.expireHolds({ limit: 4 })).toBe(0);
  });
});

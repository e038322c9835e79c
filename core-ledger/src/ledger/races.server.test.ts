import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyInvariants } from '../invariants/verify.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { captureOf, chainOf, createLedgerStage, holdOf } from './testing/ledger-stage.ts';
import { move, reversalOf, voidOf } from './testing/ledger-stage.ts';
import type { LedgerStage } from './testing/ledger-stage.ts';

let stage: LedgerStage;

beforeAll(async () => {
  stage = await createLedgerStage();
});
afterAll(async () => {
  const broken = (await verifyInvariants(stage.database.knex)).filter((one) => one.violations > 0);
  // What a session counted is told for certain once it has ended.
  for (const ledger of stage.ledgers) await ledger.close();
  while ((await count(otherSessions)) > 0);
  const rings = await count(deadlocks);
  await stage.close();
  expect({ broken, rings }).toEqual({ broken: [], rings: 0 });
});

/** Each item from a caller of its own, all at the same moment, over all ledgers in turns. */
async function postAtOnce(items: readonly LedgerItem[]): Promise<PostResult[]> {
  const answers = items.map(async (item, index) => {
    return (await stage.ledgers[index % stage.ledgers.length]?.post([item])) ?? [];
  });
  return (await Promise.all(answers)).flat();
}

function tally(results: readonly PostResult[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const result of results) {
    const name = result.ok ? 'ok' : result.reason;
    counted[name] = (counted[name] ?? 0) + 1;
  }
  return counted;
}

async function times<Value>(count: number, make: (index: number) => Promise<Value>) {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

describe('at the same moment', () => {
  test('20 payments of 60 from 100: one is posted', async () => {
    const ids = await stage.open(100n, 0n);
    const [from = 0n, to = 0n] = ids;
    const results = await postAtOnce(Array.from({ length: 20 }, () => move(from, to, 60n)));
    expect(tally(results)).toEqual({ ok: 1, insufficient_funds: 19 });
    expect(await stage.balancesOf(ids)).toEqual([40n, 60n]);
  });

  test('holds and payments of what is there once: one of them has it', async () => {
    const [from = 0n, to = 0n] = await stage.open(100n, 0n);
    const items = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? move(from, to, 60n) : holdOf(from, 60n),
    );
    expect(tally(await postAtOnce(items))).toEqual({ ok: 1, insufficient_funds: 19 });
  });

  test('opposite transfers of the same accounts: all posted, none waits in a ring', async () => {
    const ids = await stage.open(10_000n, 10_000n);
    const [ann = 0n, bob = 0n] = ids;
    // Sixteen callers in turns, so that batches of both ledgers meet all the time.
    const batches = await times(16, async (caller) => {
      const [from, to] = caller % 2 === 0 ? [ann, bob] : [bob, ann];
      const answers: PostResult[] = [];
      for (let round = 0; round < 25; round += 1) {
        const items = Array.from({ length: 5 }, () => move(from, to, 1n));
        answers.push(...((await stage.ledgers[(caller >> 1) % 2]?.post(items)) ?? []));
      }
      return answers;
    });
    expect(tally(batches.flat())).toEqual({ ok: 2_000 });
    expect(await stage.balancesOf(ids)).toEqual([10_000n, 10_000n]);
  });

  test('chains over the same accounts in reverse order: each whole, none in a ring', async () => {
    const ids = await stage.open(1_000n, 0n, 1_000n);
    const [ann = 0n, bob = 0n, cat = 0n] = ids;
    const chains = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0
        ? chainOf(move(ann, bob, 7n), move(bob, cat, 7n))
        : chainOf(move(cat, bob, 7n), move(bob, ann, 7n)),
    );
    expect(tally(await postAtOnce(chains))).toEqual({ ok: 200 });
    expect(await stage.balancesOf(ids)).toEqual([1_000n, 0n, 1_000n]);
    // Where the money is not enough for all, what is refused leaves no half behind.
    const poor = Array.from({ length: 40 }, () =>
      chainOf(move(ann, bob, 90n), move(bob, cat, 90n)),
    );
    expect(tally(await postAtOnce(poor))).toEqual({ ok: 11, insufficient_funds: 29 });
    expect(await stage.balancesOf(ids)).toEqual([10n, 0n, 1_990n]);
  });

  test('reversals of one transfer: one', async () => {
    const ids = await stage.open(100n, 0n);
    const [from = 0n, to = 0n] = ids;
    const paid = move(from, to, 50n);
    await stage.ledger.post([paid]);
    const results = await postAtOnce(Array.from({ length: 20 }, () => reversalOf(paid.id)));
    expect(tally(results)).toEqual({ ok: 1, already_reversed: 19 });
    expect(await stage.balancesOf(ids)).toEqual([100n, 0n]);
  });

  test('final captures of one hold, and voids: one; partial captures: what is there', async () => {
    const ids = await stage.open(200n, 0n);
    const [from = 0n, to = 0n] = ids;
    const [whole, shared] = [holdOf(from, 100n), holdOf(from, 100n)];
    await stage.ledger.post([whole, shared]);
    const closing = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? captureOf(whole.id, to, 40n) : voidOf(whole.id),
    );
    expect(tally(await postAtOnce(closing))).toEqual({ ok: 1, hold_closed: 19 });
    const parts = Array.from({ length: 10 }, () => captureOf(shared.id, to, 30n, false));
    expect(tally(await postAtOnce(parts))).toEqual({ ok: 3, hold_exceeded: 7 });
    expect(await stage.heldOf(from)).toBe(10n);
  });

  test('captures, and the job that expires: each hold ends once, by the clock', async () => {
    const count = 40;
    const ids = await stage.open(BigInt(count) * 10n, 0n);
    const [from = 0n, to = 0n] = ids;
    const holds = Array.from({ length: count }, () => holdOf(from, 10n));
    await stage.ledger.post(holds);
    // Their time comes one after the other, two milliseconds apart, while they are captured.
    await stage.database.knex.raw(
      `update hold set expires_at = statement_timestamp() + interval '2 ms' * r.at
       from unnest(?::uuid[]) with ordinality as r (id, at) where hold.id = r.id`,
      [holds.map(({ id }) => id)],
    );
    const captures = times(count, async (index) => {
      const ledger = stage.ledgers[index % 2];
      const turn = ((count - index) * 2) % count;
      await new Promise((resolve) => setTimeout(resolve, turn));
      return ledger?.post([captureOf(holds[turn]?.id ?? '', to, 10n)]) ?? [];
    });
    const expiries = times(40, () => stage.ledger.expireHolds({ limit: 3 }));
    const results = tally((await captures).flat());
    await expiries;
    while ((await stage.ledger.expireHolds({ limit: 100 })) > 0 || (await anyOpen(from)));
    const captured = BigInt(results.ok ?? 0);
    expect(
      Object.keys(results).filter((name) => !/^(ok|hold_expired|hold_closed)$/.test(name)),
    ).toEqual([]);
    expect(await stage.balancesOf(ids)).toEqual([400n - captured * 10n, captured * 10n]);
    expect(await stage.heldOf(from)).toBe(0n);
  });

  test('256 callers on a pool of four connections, on their own and in transactions', async () => {
    // Nobody may wait for a second connection while holding locks: then nobody would ever go on.
    const payers = await stage.open(...Array.from({ length: 16 }, () => 100n));
    const [payee = 0n] = await stage.open(0n);
    const payment = (index: number) => move(payers[index % 16] ?? 0n, payee, 1n);
    const own = await times(256, (index) => stage.ledger.post([payment(index)]));
    const { knex } = stage.database;
    const mixed = await times(256, (index) =>
      index % 4 === 0
        ? knex.transaction((trx) => stage.ledger.postIn(trx, [payment(index)]))
        : stage.balancesOf([payee]).then(() => stage.ledger.post([payment(index)])),
    );
    expect(tally([...own.flat(), ...mixed.flat()])).toEqual({ ok: 512 });
    expect(await stage.balancesOf([payee])).toEqual([512n]);
  });
});

test('a caller killed in mid-batch on a hot account: the next goes through at once', async () => {
  const ids = await stage.open(10_000_000n, 0n);
  const [hot = 0n, other = 0n] = ids;
  const file = fileURLToPath(new URL('testing/posting-process.ts', import.meta.url));
  for (let round = 0; round < 3; round += 1) {
    const args = [file, stage.url, hot.toString(), other.toString()];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    let answered = 0;
    child.stdout.on(
      'data',
      (lines: Buffer) => (answered += lines.toString().split('\n').length - 1),
    );
    await once(child.stdout, 'data');
    const [, before = 0n] = await stage.balancesOf(ids);
    child.kill('SIGKILL');
    const started = performance.now();
    const [result] = await stage.ledger.post([move(hot, other, 1n)]);
    expect(result).toEqual({ ok: true, repeated: false });
    expect(performance.now() - started).toBeLessThan(1_000);
    await exit;
    expect(answered).toBeGreaterThan(0);
    // Whole batches only: the one that was under way is there or it is not.
    const [, after = 0n] = await stage.balancesOf(ids);
    expect((after - 1n - before) % 500n).toBe(0n);
  }
}, 60_000);

const deadlocks = `select deadlocks as count from pg_stat_database
  where datname = current_database()`;
const otherSessions = `select count(*) from pg_stat_activity
  where datname = current_database() and application_name like '%ledger _'`;

async function count(sql: string): Promise<number> {
  const found = await stage.database.knex.raw<{ rows: { count: string }[] }>(sql);
  return Number(found.rows[0]?.count);
}

async function anyOpen(accountId: bigint): Promise<boolean> {
  const open = `select from hold where account_id = ? and state = 'open' limit 1`;
  const found = await stage.database.knex.raw<{ rows: unknown[] }>(open, [accountId.toString()]);
  return found.rows.length > 0;
}

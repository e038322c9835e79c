import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyInvariants } from '@wallet/core-ledger';
import { setTimeout as pause } from 'node:timers/promises';
import { createRandom, type Random } from '../simulate/random.ts';
import { ledgerSums } from '../support/effects.ts';
import { startSystem, type System } from '../support/system.ts';
import { gatherCrowd, payWildly, type Told } from './crowd.ts';

const stages = ['fraud', 'settlement', 'commands', 'outbox', 'outcomes', 'notifications'];
const victims = ['edge', ...stages.map((stage) => `streams:${stage}`)];
const kills = 10;
const intents = 5_000;
const perSecond = 120;
const betweenKillsMs = 3_800;
const startMs = 120_000;
const runMs = 300_000;

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
let system: System;
let told: Told;

beforeAll(async () => {
  console.log(`process kills: FAULT_SEED=${seed} replays this schedule`);
  system = await startSystem({ processors: stages, supervise: true, rules: 'lenient' });
}, startMs);

afterAll(async () => {
  await system?.stop();
}, startMs);

/** Kills a process every few seconds, each in turn, in an order that the seed decides. */
async function killInTurn(random: Random): Promise<string[]> {
  const killed: string[] = [];
  let turn: string[] = [];
  while (killed.length < kills) {
    if (turn.length === 0) turn = [...victims];
    const role = random.pick(turn);
    turn = turn.filter((other) => other !== role);
    await pause(betweenKillsMs * (0.7 + 0.6 * random.next()));
    await system.kill(role);
    killed.push(role);
  }
  return killed;
}

async function countOf(sql: string): Promise<number> {
  const found = await system.db.knex.raw<{ rows: { count: string }[] }>(sql);
  return Number(found.rows[0]?.count);
}

describe(`ten times kill -9 during ${intents} intents`, () => {
  test(
    'every client gets an answer the contract allows, and each key keeps its id',
    async () => {
      const crowd = await gatherCrowd(system);
      const random = createRandom(seed);
      const [answers, killed] = await Promise.all([
        payWildly(crowd, { count: intents, perSecond, random }),
        killInTurn(createRandom(seed + 1)),
      ]);
      told = answers;
      expect(new Set(killed)).toEqual(new Set(victims));
      expect(told.wrong).toEqual([]);
      // The load was worth its name: every kind of request occurred, and kills were felt.
      expect(told.replayed).toBeGreaterThan(intents * 0.05);
      expect(told.invalid).toBeGreaterThan(intents * 0.02);
      expect(told.retried).toBeGreaterThan(0);
      console.log({ seed, killed: killed.length, keys: told.idByKey.size, retried: told.retried });
    },
    runMs,
  );

  test('every 202 reaches its end', async () => {
    const ids = [...told.idByKey.values()];
    await system.waitFor(
      async () => {
        const found = await system.db.knex.raw<{ rows: { id: string }[] }>(
          `select told.id from unnest(?::uuid[]) as told(id)
           left join payment p on p.id = told.id
           where p.id is null or p.status not in ('captured', 'failed', 'rejected') limit 3`,
          [ids],
        );
        if (found.rows.length === 0) return true;
        throw new Error(`still open: ${found.rows.map(({ id }) => id).join(', ')}`);
      },
      'every acknowledged payment to be captured, failed or rejected',
      60_000,
    );
  }, 90_000);

  test('effects are as many as keys: one payment and at most one transfer each', async () => {
    expect(new Set(told.idByKey.values()).size).toBe(told.idByKey.size);
    expect(await countOf('select count(*) from payment')).toBe(told.idByKey.size);
    expect(
      await countOf(
        `select count(*) from payment p
         left join (select payment_id, count(*) from transfer group by payment_id) as t
           on t.payment_id = p.id
         where p.status = 'captured' and t.count is distinct from 1`,
      ),
    ).toBe(0);
  });

  test('every effect is told: the outbox is empty, both parties have one inbox row', async () => {
    await system.waitFor(
      async () =>
        (await countOf('select count(*) from outbox_batch where published_at is null')) === 0,
      'the outbox to be published',
      30_000,
    );
    const expected = await countOf(
      `select coalesce(sum(case status when 'captured' then 2 else 1 end), 0) as count
       from payment`,
    );
    await system.waitFor(
      async () => {
        const found = await countOf('select count(*) from notification');
        if (found === expected) return true;
        throw new Error(`${found} of ${expected} inbox rows`);
      },
      'each party to have its inbox row',
      30_000,
    );
  }, 90_000);

  test('all invariants hold and every currency sums to zero', async () => {
    expect(await verifyInvariants(system.db.knex)).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: 'I1', violations: 0 })]),
    );
    const broken = (await verifyInvariants(system.db.knex)).filter(
      ({ violations }) => violations > 0,
    );
    expect(broken).toEqual([]);
    for (const { balances, entries } of await ledgerSums(system.db))
      expect({ balances, entries }).toEqual({ balances: '0', entries: '0' });
  });
});

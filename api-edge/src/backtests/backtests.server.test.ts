import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  claimBacktest,
  createTally,
  findBacktest,
  finishBacktest,
  loadRuleSet,
  moveRuleSet,
  publishFirst,
  publishRuleSet,
  reportOf,
  saveCheckpoint,
  type Difference,
} from '@wallet/core-ledger';
import {
  createTestGround,
  newAnalysts,
  newUser,
  type TestEdge,
  type TestGround,
} from '../testing/index.ts';

const rules = 'review "large" when amount_minor > 1000000';
const range = { from: '2026-05-01T00:00:00Z', to: '2026-05-02T02:00:00+02:00' };

let ground: TestGround;
let edge: TestEdge;
let token: string;
let rulesetId: string;
beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  const analysts = await newAnalysts(edge, ground, await newUser(edge));
  token = analysts.analystToken;
  const json = { name: 'tried', rules };
  rulesetId = (await call('POST', '/fraud/rulesets', json)).body.id as string;
});
afterAll(() => ground.close());

const call = (method: string, path: string, json?: object) =>
  edge.call(method, path, { token, ...(json === undefined ? {} : { json }) });

const other = async (): Promise<string> => {
  const json = { name: 'other', rules: 'block "all" when true' };
  return (await call('POST', '/fraud/rulesets', json)).body.id as string;
};

/** What the process of backtests would do. */
async function work(id: string, differences: number): Promise<void> {
  const worker = randomUUID();
  const claimed = await claimBacktest(ground.db.knex, { worker, leaseMs: 60_000, only: id });
  const loaded = loadRuleSet(rules);
  if (claimed === null || !loaded.ok) throw new Error('the job cannot be worked on');
  const found = Array.from({ length: differences }, (_, index): Difference => ({
    ...{ paymentId: randomUUID(), acceptedAt: new Date(index), amountMinor: BigInt(index + 1) },
    ...{ currency: 'USD', label: 'good' },
    champion: { outcome: 'block', score: 0 },
    candidate: { outcome: 'approve', score: 0 },
  }));
  const tally = createTally();
  const checkpoint = { done: {}, ends: {}, tally, listed: differences };
  const progress = { passed: 40, all: 40 };
  const job = { id, worker, leaseMs: 60_000 };
  await saveCheckpoint(ground.db, job, { progress, checkpoint, differences: found });
  const report = reportOf(tally, {
    ...{ champion: loaded.ruleSet, candidate: loaded.ruleSet, fromMs: 0, toMs: 1_000 },
    ...{ differencesListed: differences, unreadable: 0, countersForgotten: 0 },
  });
  await finishBacktest(ground.db, job, { report });
}

test('a job is queued, found, finished with its report, and lists its differences', async () => {
  const compare_to = await other();
  const asked = { ruleset_id: rulesetId, ...range, compare_to };
  const { status, body, headers } = await call('POST', '/fraud/backtests', asked);
  expect(status).toBe(202);
  const id = body.id as string;
  expect(headers.get('location')).toBe(`/fraud/backtests/${id}`);
  expect(body).toMatchObject({
    ...{ object: 'backtest', status: 'queued', ruleset_id: rulesetId, compared_to: compare_to },
    ...{ from: '2026-05-01T00:00:00.000Z', to: '2026-05-02T00:00:00.000Z', maturity_days: 7 },
    ...{ progress: { passed: 0, all: null }, report: null },
  });
  await work(id, 3);
  const done = await call('GET', `/fraud/backtests/${id}`);
  expect(done.body).toMatchObject({
    ...{ status: 'succeeded', progress: { passed: 40, all: 40 } },
    report: { differences_listed: 3, candidate: { rules: [{ rule: 'large', action: 'review' }] } },
  });
  const path = `/fraud/backtests/${id}/differences`;
  const first = await call('GET', `${path}?limit=2`);
  const second = await call('GET', `${path}?limit=2&cursor=${String(first.body.next_cursor)}`);
  const listed = [first, second].flatMap(({ body: { data } }) => data as object[]);
  expect(listed.map((row) => (row as { amount_minor: number }).amount_minor)).toEqual([1, 2, 3]);
  expect(second.body.next_cursor).toBeNull();
  const [newest] = (await call('GET', '/fraud/backtests')).body.data as { id: string }[];
  expect(newest).toMatchObject({ id, status: 'succeeded' });
});

test('it is canceled; what cannot be asked for is refused with its place', async () => {
  const compare_to = await other();
  const asked = { ruleset_id: rulesetId, ...range, compare_to };
  const { body } = await call('POST', '/fraud/backtests', asked);
  const path = `/fraud/backtests/${String(body.id)}/cancel`;
  expect(await call('POST', path)).toMatchObject({ status: 200, body: { status: 'canceled' } });
  const backwards = { ...asked, to: range.from, from: range.to };
  expect(await call('POST', '/fraud/backtests', backwards)).toMatchObject({
    ...{ status: 422, body: { code: 'invalid_period', errors: [{ pointer: '/to' }] } },
  });
  // Nothing has been published on this ground yet, so there is no live set to compare with.
  const withLive = await call('POST', '/fraud/backtests', { ruleset_id: rulesetId, ...range });
  expect(withLive.status).toBe(404);
});

test('beside the live set, a rollout under way is part of it', async () => {
  await publishFirst(ground.db, { name: 'first', rules: 'review "first" when amount_minor > 7' });
  const first = (await call('GET', '/fraud/rulesets/live')).body.id;
  const id = await other();
  await call('POST', `/fraud/rulesets/${id}/submit`, {});
  const actor = { id: randomUUID(), role: 'analyst', requestId: null } as const;
  await moveRuleSet(ground.db, id, { action: 'approve', actor });
  const evidenceOf = async () => ({ shadowPayments: 0, backtested: false });
  await publishRuleSet(ground.db, id, { percent: 25, gate: null, evidenceOf, actor });
  const asked = await call('POST', '/fraud/backtests', { ruleset_id: rulesetId, ...range });
  expect(asked).toMatchObject({ status: 202, body: { compared_to: id } });
  expect(await findBacktest(ground.db.knex, String(asked.body.id))).toMatchObject({
    ...{ champion: { id, rules: 'block "all" when true' } },
    rollout: { percent: 25, rest: { id: first, rules: 'review "first" when amount_minor > 7' } },
  });
});

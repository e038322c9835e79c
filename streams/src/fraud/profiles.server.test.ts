import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createDatabase,
  featureIndex,
  features,
  openWallets,
  readUsersSince,
  type Database,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { createLog } from '@wallet/runtime';
import type { Counted } from './counted.ts';
import { velocityPlan } from './plan.ts';
import { createProfiles, withProfiles } from './profiles.ts';

const log = createLog({ role: 'test', level: 'silent' });
const age = featureIndex('payer.account_age_seconds');
const plan = velocityPlan({ features: [age] });
const counters = { ready: () => true, close: () => undefined };
const nothing = (): Promise<void> => Promise.resolve();

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

function itemOf(payer: string, atMs: number): Counted {
  const context = { ip: null, device_id: null, card_fingerprint: null, country: null };
  return {
    payment: { payer_id: payer, payee_id: randomUUID(), context },
    ...{ id: randomUUID(), amountMinor: 1, atMs, partition: 0, offset: 0, complete: true },
    features: new Float64Array(features.length).fill(NaN),
  };
}

test('the age of an account begins with its first wallet; who has none has no age', async () => {
  const owner = randomUUID();
  const open = (currency: string) => ({ id: randomUUID(), ownerId: owner, currency });
  await openWallets(database.knex, [
    { ...open('USD'), kind: 'customer' },
    { ...open('EUR'), kind: 'customer' },
  ]);
  const load = (ids: readonly string[]) => readUsersSince(database.knex, ids);
  const velocity = withProfiles(
    { ...counters, count: nothing, peek: nothing },
    createProfiles({ load, log }),
  );
  const [known, again, stranger] = [
    itemOf(owner, Date.now() + 3_600_000),
    itemOf(owner, Date.now() - 3_600_000),
    itemOf(randomUUID(), Date.now()),
  ];
  await velocity.count([known, stranger], plan, 5_000);
  await velocity.peek([again], plan, 5_000);
  expect(known.features[age]).toBeGreaterThan(3_500);
  expect(known.features[age]).toBeLessThan(3_700);
  expect([again.features[age], stranger.features[age]]).toEqual([0, NaN]);
  expect([known, again, stranger].map(({ complete }) => complete)).toEqual([true, true, true]);
});

test('without the database decisions are degraded, in time; it is asked again', async () => {
  const answers = [
    (): Promise<ReadonlyMap<string, number>> => Promise.reject(new Error('away')),
    (): Promise<ReadonlyMap<string, number>> => new Promise(() => undefined),
    (): Promise<ReadonlyMap<string, number>> => Promise.resolve(new Map([['payer', 1_000]])),
  ];
  let asked = 0;
  const load = () => (answers[asked++] ?? answers[2])?.() ?? Promise.reject(new Error('none'));
  const profiles = createProfiles({ load, log });
  const found: [boolean, number | undefined][] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const item = itemOf('payer', 61_000);
    await profiles.fill([item], 20);
    found.push([item.complete, item.features[age]]);
  }
  const open: [boolean, number] = [false, NaN];
  expect(found).toEqual([open, open, [true, 60], [true, 60]]);
});

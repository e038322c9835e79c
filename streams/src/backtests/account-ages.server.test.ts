import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createDatabase,
  featureIndex,
  features,
  openWallets,
  type Database,
} from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { samplePaymentIntent } from '@wallet/schemas/testing';
import { velocityPlan } from '../fraud/plan.ts';
import { createAccountAges } from './account-ages.ts';

const [payerAge, payeeAge] = ['payer', 'payee'].map((entity) =>
  featureIndex(`${entity}.account_age_seconds`),
);

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test account ages' });
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

test('ages are those at the payment; nobody is asked when no rule reads one', async () => {
  const [payer, stranger] = [randomUUID(), randomUUID()];
  const wallet = { id: randomUUID(), ownerId: payer, kind: 'customer', currency: 'USD' } as const;
  await openWallets(database.knex, [wallet]);
  const intent = samplePaymentIntent({
    ...{ payer_id: payer, payee_id: stranger, accepted_at: Date.now() + 3_600_000 },
  });
  const read = async (wanted: number[]) => {
    const values = new Float64Array(features.length).fill(NaN);
    const ages = createAccountAges(database, velocityPlan({ features: wanted }));
    await ages.learn([intent]);
    ages.fill(intent, values);
    return [values[payerAge ?? -1], values[payeeAge ?? -1]];
  };
  const [age, unknown] = await read([payerAge ?? -1]);
  expect(age).toBeGreaterThan(3_500);
  expect(age).toBeLessThanOrEqual(3_601);
  expect(unknown).toBeNaN();
  expect(await read([])).toEqual([NaN, NaN]);
});

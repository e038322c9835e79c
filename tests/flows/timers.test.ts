import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyInvariants } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import { readTopic } from '@wallet/schemas/testing';
import { memberOf, type Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const withinMs = 15_000;

let system: System;
let ann: Resident;
let bob: Resident;

beforeAll(async () => {
  system = await startSystem();
  [ann, bob] = await Promise.all([
    system.api.customerWith(10_000),
    system.api.register('customer'),
  ]);
}, startMs);

afterAll(async () => {
  await system?.stop();
}, startMs);

test('an authorization that nobody captures expires, and its money is back', async () => {
  const answer = await ann.post(
    '/payments',
    {
      ...{ payer_wallet_id: ann.walletId, payee_wallet_id: bob.walletId, amount_minor: 510 },
      ...{ currency: 'USD', capture: 'manual', authorization_expires_in: 1 },
    },
    { wait: 10 },
  );
  expect(memberOf(answer, 200, 'status')).toBe('authorized');
  const id = String(memberOf(answer, 200, 'id'));
  await system.waitFor(
    async () => memberOf(await ann.get(`/payments/${id}`), 200, 'status') === 'expired',
    `payment ${id} to be expired`,
    withinMs,
  );
  expect((await ann.get(`/wallets/${ann.walletId}`)).json).toMatchObject({
    ...{ balance_minor: 10_000, held_minor: 0, available_minor: 10_000 },
  });
  await system.waitFor(
    async () => (await ann.get('/notifications')).text.includes('"status":"expired"'),
    `${ann.email} to find in the inbox that payment ${id} expired`,
    withinMs,
  );
  expect((await bob.get('/notifications')).text).not.toContain(id);
  const records = await readTopic({ ...system, topic: topics.paymentEvents.name });
  const events = records
    .filter(({ key }) => key === id)
    .map(({ value }) => system.wire.codec.decode(topics.paymentEvents, value));
  expect(events).toMatchObject([
    { ok: true, value: { type: 'payment.authorized', payment_version: 1 } },
    { ok: true, value: { type: 'payment.expired', payment_version: 2, status: 'expired' } },
  ]);
  const broken = (await verifyInvariants(system.db.knex)).filter(
    ({ violations }) => violations !== 0,
  );
  expect(broken).toEqual([]);
});

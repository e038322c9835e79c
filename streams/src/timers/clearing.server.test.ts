import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createClearing,
  createConnection,
  findWalletViews,
  verifyInvariants,
  type Connection,
} from '@wallet/core-ledger';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';

let wire: TestWire;
let stage: Stage;
const connections: Connection[] = [];

beforeAll(async () => {
  wire = await createTestWire('clearing');
  stage = await createPostingStage(wire.wire.codec);
  for (const name of ['one', 'other']) {
    const options = { url: stage.url, applicationName: `clearing ${name}` };
    connections.push(await createConnection({ ...options, role: 'wallet_app' }));
  }
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await stage.close();
  await wire.close();
});

test('settlement ∥ two clearings of one hot merchant: each amount clears once', async () => {
  const shop = await stage.openWallet({ kind: 'merchant' });
  await stage.database.knex.raw(
    `insert into merchant_settings (wallet_id, mode, clearing_seconds, minimum_minor)
     values (?::uuid, 'gross_immediate', 0, 0)`,
    [shop],
  );
  const payers = await Promise.all([1, 2, 3].map(() => stage.openWallet({ balance: 900_000n })));
  const member = await stage.join();
  let isSettling = true;
  const settle = async (): Promise<void> => {
    for (let batch = 0; batch < 60; batch += 1) {
      const of = (payer: string) =>
        stage.payment({ payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: 1_000n });
      await member.posting.handle([...payers, ...payers, ...payers].map(of));
    }
  };
  let runs = 0;
  const clear = async (connection: Connection): Promise<void> => {
    const job = createClearing({ connection });
    while (isSettling) runs += (await job(10)).cleared.length;
    await job(10);
  };
  const settled = settle().finally(() => (isSettling = false));
  await Promise.all([settled, ...connections.map(clear)]);
  for (const connection of connections) await createClearing({ connection })(10);
  expect(runs).toBeGreaterThan(5);
  const [view] = await findWalletViews(stage.database.knex, [shop]);
  // 1,000 less a fee of 20, from three payers, three times each in every batch.
  expect(view).toMatchObject({ pendingMinor: 0n, availableMinor: 60n * 9n * 980n });
  const broken = (await verifyInvariants(stage.database.knex)).filter((one) => one.violations > 0);
  expect(broken).toEqual([]);
}, 60_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createDatabase,
  createVault,
  findMerchantSettings,
  findUserByEmail,
  listTiers,
  walletViewsOfOwner,
} from '@wallet/core-ledger';
import type { Database } from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { fillSandbox } from './fill.ts';

let db: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = () => database.drop();
  db = createDatabase({ url: database.url, applicationName: 'seed test', poolSize: 2 });
});
afterAll(async () => {
  await db.close();
  await drop();
});

test('filling twice leaves the users, wallets and balances of the contract', async () => {
  let hashes = 0;
  const hashPassword = () => Promise.resolve(`hash ${(hashes += 1)}`);
  const vault = createVault('ab'.repeat(32));
  expect(await fillSandbox({ db, vault }, hashPassword)).toEqual({ users: 20, wallets: 22 });
  expect(await fillSandbox({ db, vault }, hashPassword)).toEqual({ users: 0, wallets: 0 });
  expect(hashes).toBe(1);

  const balances = async (email: string) => {
    const user = await findUserByEmail(db.knex, vault, email);
    const wallets = await walletViewsOfOwner(db.knex, user?.id ?? '');
    return wallets.map(({ currency, balanceMinor }) => `${currency} ${balanceMinor}`).sort();
  };
  expect(await balances('customer9@wallet.test')).toEqual(['EUR 100000', 'USD 100000']);
  expect(await balances('merchant3@wallet.test')).toEqual(['EUR 0', 'USD 0']);
  expect(await balances('operator2@wallet.test')).toEqual([]);

  const settingsOf = async (email: string) => {
    const user = await findUserByEmail(db.knex, vault, email);
    const [wallet] = await walletViewsOfOwner(db.knex, user?.id ?? '');
    return findMerchantSettings(db.knex, wallet?.id ?? '');
  };
  expect(await settingsOf('merchant1@wallet.test')).toMatchObject({
    ...{ mode: 'gross_immediate', clearingSeconds: 0 },
  });
  expect(await settingsOf('merchant2@wallet.test')).toMatchObject({
    ...{ mode: 'net_deferred', clearingSeconds: 86_400 },
  });
  expect((await listTiers(db.knex)).map(({ name, currency }) => `${name} ${currency}`)).toEqual([
    ...['basic EUR', 'basic USD', 'verified EUR', 'verified USD'],
  ]);

  const trusted = await db.knex('fraud_list_entry').where({ list: 'trusted' }).count();
  expect(trusted).toEqual([{ count: '11' }]);
});

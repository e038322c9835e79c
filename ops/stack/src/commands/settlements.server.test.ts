import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, openWallets, type Database } from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { settlementsCommand } from './settlements.ts';

let made: TestDatabase;
let database: Database;
const walletId = randomUUID();
beforeAll(async () => {
  made = await createTestDatabase();
  database = createDatabase({ url: made.url, applicationName: 'test settlements' });
  const ownerId = randomUUID();
  await openWallets(database.knex, [{ id: walletId, ownerId, kind: 'merchant', currency: 'USD' }]);
});
afterAll(async () => {
  await database?.close();
  await made?.drop();
});

async function run(...args: string[]): Promise<[number, string]> {
  const said: string[] = [];
  const print = (line: string): void => void said.push(line);
  const code = await settlementsCommand(args, { environment: { DATABASE_URL: made.url }, print });
  return [code, said.join('\n')];
}

/** As if sent so many days ago. */
async function send(status: string, daysAgo: number): Promise<void> {
  const at = new Date(Date.now() - daysAgo * 86_400_000);
  await database.knex('settlement').insert({
    ...{ id: randomUUID(), wallet_id: walletId, owner_id: walletId, created_by: walletId },
    ...{ gross_minor: 9, refunds_minor: 0, disputes_minor: 0, fees_minor: 0, carried_minor: 0 },
    ...{ net_minor: 9, carried_in_minor: 0, carried_out_minor: 0, accepted_at: at },
    ...{ version: 1, item_count: 0, cuts: [0, 0, 0, 0], origin: 'run', status, currency: 'USD' },
    submitted_at: status === 'pending_approval' ? null : at,
  });
}

test('says what waits and if the books agree; silence of three days is a finding', async () => {
  const [good, empty] = await run();
  expect(good).toBe(0);
  expect(empty).toContain('to approve  none\nin transit  none\n✓ USD: held 0; wallets own 0,');
  await send('pending_approval', 9);
  await send('submitted', 1);
  const [still, waiting] = await run();
  expect(still).toBe(0);
  expect(waiting).toMatch(/to approve {2}1, the oldest since .*\nin transit {2}1, the oldest/);
  await send('submitted', 4);
  const [late, said] = await run();
  expect(late).toBe(1);
  expect(said).toContain('✗ USD: 9 minor units for more than three days');
});

test('books that differ are a finding', async () => {
  await database.knex.raw(`update settlement set status = 'settled'`);
  await database.knex.raw(
    `update account set balance_minor = 1 where wallet_id is null and kind = 'fees'`,
  );
  const [code, said] = await run();
  expect(code).toBe(1);
  expect(said).toContain('✗ USD: held 0; wallets own 0,');
  expect(said).toContain('difference -1');
});

test('anything else is misuse', async () => {
  expect(await run('now')).toEqual([2, 'usage: npm run wallet -- settlements']);
});

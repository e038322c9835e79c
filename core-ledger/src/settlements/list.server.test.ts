import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import { listSettlements } from './list.ts';
import type { SettlementCursor, SettlementFilter } from './list.ts';

let db: Database;
let drop: () => Promise<void>;
const [owner, smallOwner] = [randomUUID(), randomUUID()];
const [shop, otherShop] = [randomUUID(), randomUUID()];
/** Of the owner; others have more. */
const rows = 6_000;

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test list of settlements' });
  await fill();
});
afterAll(async () => {
  await db.close();
  await drop();
});

/** Three of every millisecond, told apart by their net; each fifth waits in a window's batch. */
async function fill(): Promise<void> {
  await db.knex.raw(
    `insert into settlement (id, wallet_id, owner_id, created_by, payment_id, gross_minor,
        refunds_minor, disputes_minor, fees_minor, carried_minor, net_minor, carried_in_minor,
        carried_out_minor, accepted_at, version, item_count, cuts, origin, status, currency)
      select gen_random_uuid(), case when n % 2 = 0 then :shop::uuid else :otherShop end,
        case when n <= :rows::int then :owner::uuid when n % 1000 = 0 then :smallOwner::uuid
          else gen_random_uuid() end,
        gen_random_uuid(), gen_random_uuid(), n, 0, 0, 0, 0, n, 0, 0,
        timestamptz '2026-01-01Z' + make_interval(secs => n / 3 / 1000.0), 1, 1, '{0,0,0,0}',
        'payment', case when n = 7 then 'aborted' when n % 5 = 0 then 'scheduled'
          else 'settled' end, case when n % 3 = 0 then 'EUR' else 'USD' end
      from generate_series(1, :all::int) n`,
    { shop, otherShop, owner, smallOwner, rows, all: 5 * rows },
  );
  // One that is scheduled is in a batch that has failed.
  await db.knex.raw(
    `insert into settlement_item (settlement_id, wallet_id, transfer_id, payment_id, gross_minor,
        refunds_minor, disputes_minor, fees_minor, other_minor, posted_at, kind)
      select b.id, s.wallet_id, gen_random_uuid(), s.payment_id, 10, 0, 0, 0, 0, now(), 'payment'
      from settlement s join settlement b on b.net_minor = 11 where s.net_minor = 10`,
  );
  await db.knex.raw(`update settlement set status = 'failed' where net_minor = 11`);
  await db.knex.raw('analyze settlement, settlement_item');
}

/** Every page of the owner's list: nets in their order, and how many pages there were. */
async function readAll(filter: SettlementFilter, limit: number) {
  const nets: number[] = [];
  let after: SettlementCursor | null = null;
  let pages = 0;
  do {
    const page = await listSettlements(db.knex, { ownerId: owner, filter, limit, after });
    expect(page.settlements.length).toBeLessThanOrEqual(limit);
    nets.push(...page.settlements.map(({ netMinor }) => Number(netMinor)));
    after = page.next;
    pages += 1;
  } while (after !== null);
  return { nets, pages };
}

const numbered = (fits: (n: number) => boolean): number[] =>
  Array.from({ length: rows }, (_, index) => index + 1).filter(fits);
const sorted = (nets: readonly number[]): number[] => nets.toSorted((a, b) => a - b);

test('has each settlement of its owner once, newest first, however it is paged', async () => {
  const { nets, pages } = await readAll({}, 97);
  expect(sorted(nets)).toEqual(numbered(() => true));
  expect(pages).toBe(Math.ceil(rows / 97));
  const times = nets.map((net) => Math.floor(net / 3));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
});

test('leaves out what the filter says, and says when it has not read all', async () => {
  const isScheduled = (n: number) => n % 5 === 0 && n !== 10;
  const scheduled = await readAll({ status: 'scheduled' }, 100);
  expect(sorted(scheduled.nets)).toEqual(numbered(isScheduled));
  const rare = await readAll({ status: 'aborted' }, 100);
  expect(rare.nets).toEqual([7]);
  expect(rare.pages).toBeGreaterThan(1);
  expect(rare.pages).toBeLessThan(8);
  const both = await readAll({ currency: 'EUR', walletId: shop }, 100);
  expect(sorted(both.nets)).toEqual(numbered((n) => n % 6 === 0));
  expect((await readAll({ windowId: randomUUID() }, 100)).nets).toEqual([]);
});

test('shows and finds what has its place in a window as its batch is', async () => {
  expect(sorted((await readAll({ status: 'failed' }, 100)).nets)).toEqual([10, 11]);
});

test.each<[string, string | null, SettlementFilter, string]>([
  ['a merchant', smallOwner, {}, 'settlement_of_owner'],
  ['a merchant with a status', smallOwner, { status: 'aborted' }, 'settlement_of_owner'],
  ['an operator with a status', null, { status: 'aborted' }, 'settlement_recent'],
])('reads a range of an index for %s', async (_what, ownerId, filter, index) => {
  const sent: { sql: string; bindings: readonly string[] }[] = [];
  const listen = (query: (typeof sent)[number]) => void sent.push(query);
  db.knex.on('query', listen);
  await listSettlements(db.knex, { ownerId, filter, limit: 20, after: null });
  db.knex.removeListener('query', listen);
  for (const { sql, bindings } of sent) {
    const explained = await db.knex.raw<{ rows: Record<string, unknown>[] }>(
      `explain (analyze, format json) ${sql.replaceAll(/\$\d+/g, '?')}`,
      bindings,
    );
    const plan = JSON.stringify(explained.rows);
    expect([...plan.matchAll(/settlement_(?:of_owner|recent)/g)].map(([name]) => name)).toEqual([
      index,
    ]);
  }
  expect(sent).toHaveLength(1);
});

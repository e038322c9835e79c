import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase } from '../../database/database.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../testing/index.ts';
import { collectDebts } from '../../debts/collect.ts';
import { findUnplacedMoney } from '../../tickets/causes.ts';
import { divideJournal } from '../journal/months.ts';
import { createLedgerReads } from './reads.ts';
import type { AccountStatement } from './statement.ts';

let db: Database;
let drop: () => Promise<void>;
const owner = randomUUID();
const wallet = randomUUID();
const accounts = 2_000;
const months = 12;

/** Twelve months of a journal in which the first account has every second entry. */
beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test plans of reads' });
  const now = new Date();
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months + 1));
  await divideJournal(db.knex, first.toISOString());
  await db.knex.raw(`
    insert into wallet (id, owner_id, kind, currency)
      select case when n = 1 then '${wallet}'::uuid else gen_random_uuid() end,
        case when n = 1 then '${owner}'::uuid else gen_random_uuid() end, 'customer', 'USD'
      from generate_series(1, ${accounts}) n;
    insert into account (kind, currency, wallet_id, owner_id, limit_minor)
      select 'customer', 'USD', id, owner_id, null from wallet order by id <> '${wallet}';
    create temporary table plan as
      select n, gen_random_uuid() as id, '${first.toISOString()}'::timestamptz
        + (now() - '${first.toISOString()}'::timestamptz) * n / 40000 as at
      from generate_series(1, 40000) n;
    insert into transfer (id, kind, posted_at) select id, 'payment', at from plan order by n;
    insert into entry (account_id, version, amount_minor, balance_after_minor, posted_at,
        transfer_id, effective_at)
      select 1, n, -1, -n, at, id, case when n % 1000 = 0 then at - interval '9 days' end from plan;
    insert into entry (account_id, version, amount_minor, balance_after_minor, posted_at,
        transfer_id)
      select 2 + n % ${accounts - 1}, 1 + (n - 1) / ${accounts - 1}, 1,
        1 + (n - 1) / ${accounts - 1}, at, id from plan;
    update account a set version = e.version, balance_minor = e.balance_after_minor
      from (select distinct on (account_id) * from entry order by account_id, version desc) e
      where e.account_id = a.id`);
  await db.knex.raw('analyze');
  // Like one that nothing was ever written to: PostgreSQL takes it for a thousand rows.
  await db.knex.raw('truncate wallet_debt');
}, 60_000);
afterAll(async () => {
  await db.close();
  await drop();
});

type Plan = {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Plan[];
};

/** Every statement that the read sends, with what it did when it was run again. */
async function plansOf(read: () => Promise<unknown>): Promise<Plan[]> {
  const sent: { sql: string; bindings: readonly string[] }[] = [];
  const listen = (query: { sql: string; bindings: readonly string[] }) => void sent.push(query);
  db.knex.on('query', listen);
  await read();
  db.knex.removeListener('query', listen);
  const plans: Plan[] = [];
  for (const { sql, bindings } of sent) {
    if (/^(begin|commit)/i.test(sql)) continue;
    const explained = await db.knex.raw<{ rows: { 'QUERY PLAN': { Plan: Plan }[] }[] }>(
      `explain (analyze, buffers, format json) ${sql.replaceAll(/\$\d+/g, '?')}`,
      bindings,
    );
    const plan = explained.rows[0]?.['QUERY PLAN'][0]?.Plan;
    if (plan !== undefined) plans.push(plan);
  }
  return plans;
}

/** Large tables that were read from end to end: a month to come is empty, some tables are small. */
function wholeReads(plan: Plan): string[] {
  const { 'Node Type': node, 'Relation Name': table = '', Plans = [] } = plan;
  const rows = plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0);
  const whole = node === 'Seq Scan' && rows > accounts;
  return [...(whole ? [table] : []), ...Plans.flatMap(wholeReads)];
}

const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
const opened = async (): Promise<AccountStatement> => {
  const period = { accountId: 1n, from: daysAgo(60), to: daysAgo(59) };
  const result = await createLedgerReads(db.knex).statement(period);
  if (!result.ok) throw new Error(result.reason);
  return result.statement;
};

/**
 * Blocks of eight kilobytes that a read may touch: in proportion to the logarithm of the history
 * and to what it shows, not to the history, of which there are some 1,500.
 */
const cases: [string, number, () => Promise<unknown>][] = [
  ['balances', 20, () => createLedgerReads(db.knex).balances([1n, 7n])],
  ['overview', 20, () => createLedgerReads(db.knex).overview(owner)],
  [
    'balance as of a posted time',
    500,
    () => createLedgerReads(db.knex).pastBalances({ accountIds: [1n], knownAt: daysAgo(70) }),
  ],
  [
    'balance as of an effective time',
    600,
    () => createLedgerReads(db.knex).pastBalances({ accountIds: [1n], effectiveAt: daysAgo(20) }),
  ],
  ['head of a statement', 900, opened],
  [
    'page of a statement',
    1_000,
    async () =>
      createLedgerReads(db.knex).statementPage(await opened(), { after: null, limit: 20 }),
  ],
  [
    'head of the statement of a wallet',
    900,
    () =>
      createLedgerReads(db.knex).walletStatement({
        ...{ walletId: wallet, from: daysAgo(60), to: daysAgo(59) },
      }),
  ],
  [
    'entries of a wallet',
    300,
    () => createLedgerReads(db.knex).entries({ walletId: wallet, limit: 50, after: null }),
  ],
  [
    'entries of a wallet, far back',
    300,
    () => createLedgerReads(db.knex).entries({ walletId: wallet, limit: 50, after: { 1: '9000' } }),
  ],
  ['wallets that owe', 20, () => collectDebts(db.knex, 100)],
  ['money that could not be placed', 20, () => findUnplacedMoney(db.knex, 50)],
];

test.each(cases)('%s goes by index and touches few blocks', async (_what, mostBlocks, read) => {
  const plans = await plansOf(read);
  expect(plans.length).toBeGreaterThan(0);
  expect(plans.flatMap(wholeReads)).toEqual([]);
  const blocks = plans.reduce(
    (sum, plan) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    0,
  );
  expect(blocks).toBeLessThan(mostBlocks);
});

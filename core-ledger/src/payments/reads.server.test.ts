import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ObjectChange } from '../changes/change.ts';
import { recordChange } from '../changes/store.ts';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import { openWallets } from '../wallets/store.ts';
import { findPaymentHistory } from './history.ts';
import { listPayments } from './list.ts';
import type { PaymentCursor, PaymentFilter } from './list.ts';

let db: Database;
let drop: () => Promise<void>;
const payerId = randomUUID();
const payeeId = randomUUID();
const [first, second, merchant] = [randomUUID(), randomUUID(), randomUUID()];
const acceptedMs = Date.UTC(2026, 2, 14, 9, 26, 53);

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test reads of payments' });
  await openWallets(db.knex, [
    { id: first, ownerId: payerId, kind: 'customer', currency: 'USD' },
    { id: second, ownerId: payerId, kind: 'customer', currency: 'USD' },
    { id: merchant, ownerId: payeeId, kind: 'merchant', currency: 'USD' },
  ]);
});
afterAll(async () => {
  await db.close();
  await drop();
});

type Row = { status: string; version?: number; failure_code?: string };

async function insertPayment({ status, ...rest }: Row): Promise<string> {
  const id = randomUUID();
  await db.knex('payment').insert({
    ...{ id, payer_wallet_id: first, payee_wallet_id: merchant, payer_id: payerId },
    ...{ payee_id: payeeId, amount_minor: 100, accepted_at: new Date(acceptedMs), version: 1 },
    ...{ status, currency: 'USD', capture: 'manual', ...rest },
  });
  return id;
}

describe('the history of a payment', () => {
  test('that settlement has not decided is unknown', async () => {
    expect(await findPaymentHistory(db.knex, randomUUID())).toBeNull();
  });

  test('is said by its own row up to its first state', async () => {
    const id = await insertPayment({ status: 'failed', failure_code: 'insufficient_funds' });
    const screenedAt = new Date(acceptedMs + 5);
    await db.knex('decision').insert({
      ...{ payment_id: id, decided_at: screenedAt, score: 0, degraded: false },
      ...{ outcome: 'approve', ruleset_hash: 'h', scored: Buffer.from('x') },
    });
    const rows = await findPaymentHistory(db.knex, id);
    const nothing = { reason: null, requestId: null, ticketId: null };
    const accepted = { from: null, to: 'received', actor: payerId, role: 'customer' };
    expect(rows?.slice(0, 2)).toEqual([
      { at: new Date(acceptedMs), ...accepted, ...nothing },
      {
        ...{ at: screenedAt, from: 'received', to: 'screening', actor: 'fraud', role: 'system' },
        ...nothing,
      },
    ]);
    expect(rows?.slice(2)).toMatchObject([
      { from: 'screening', to: 'failed', actor: 'settlement', reason: 'insufficient_funds' },
    ]);
  });

  test('goes on with each change that was recorded, whoever made it', async () => {
    const id = await insertPayment({ status: 'in_review' });
    const analyst = randomUUID();
    const begun = await findPaymentHistory(db.knex, id);
    await db.knex.transaction(async (trx) => {
      await trx('payment').where({ id }).update({ status: 'authorized', version: 2 });
      await recordChange(trx, {
        ...{ object: 'payment', objectId: id, version: 2, from: 'in_review', to: 'authorized' },
        ...{ actor: analyst, role: 'analyst', reason: 'known customer', requestId: 'r-1' },
      });
    });
    await db.knex.transaction(async (trx) => {
      const late = { status: 'expired', version: 3, updated_at: new Date() };
      await trx('payment').where({ id }).update(late);
      await recordChange(trx, {
        ...{ object: 'payment', objectId: id, version: 3, from: 'authorized', to: 'expired' },
        ...{ actor: 'timer', role: 'system' },
      });
    });
    const rows = await findPaymentHistory(db.knex, id);
    expect(rows?.slice(0, 3)).toEqual(begun);
    expect(rows?.slice(3)).toMatchObject([
      { from: 'in_review', to: 'authorized', actor: analyst, reason: 'known customer' },
      { from: 'authorized', to: 'expired', actor: 'timer', role: 'system', reason: null },
    ]);
    expect(rows?.every(({ at }, index) => at >= (rows[index - 1]?.at ?? at))).toBe(true);
  });

  test('has one change for each version', async () => {
    const id = await insertPayment({ status: 'in_review' });
    const change: ObjectChange = {
      ...{ object: 'payment', objectId: id, version: 2, from: 'in_review', to: 'rejected' },
      ...{ actor: 'timer', role: 'system' },
    };
    await recordChange(db.knex, change);
    await expect(recordChange(db.knex, change)).rejects.toMatchObject({ code: '23505' });
  });
});

const perUser = 9_000;
const other = randomUUID();
const statuses = ['captured', 'captured', 'captured', 'rejected', 'in_review'];

/** Three payments of every millisecond; the user pays, is paid, or pays himself; others too. */
async function fillList(): Promise<void> {
  await db.knex.raw(
    `insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
        accepted_at, version, status, currency, capture)
      select gen_random_uuid(),
        case when n % 3 = 1 then :merchant::uuid when n % 5 = 0 then :second else :first end,
        case when n % 3 = 1 then :second when n % 3 = 2 then :merchant::uuid
          when n % 5 = 0 then :first else :second end,
        case when n % 3 = 1 then :other::uuid else :user end,
        case when n % 3 = 2 then :other::uuid else :user end,
        n, timestamptz '2026-01-01Z' + make_interval(secs => n / 3 / 1000.0), 1,
        case when n = 7 then 'expired' else (:statuses::text[])[1 + n % 5] end, 'USD', 'automatic'
      from generate_series(1, :perUser::int) n`,
    { merchant, first, second, other, user: listUser, statuses, perUser },
  );
  await db.knex.raw(
    `insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
        accepted_at, version, status, currency, capture)
      select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
        gen_random_uuid(), 1, now(), 1, 'captured', 'USD', 'automatic'
      from generate_series(1, 30000)`,
  );
  await db.knex.raw('analyze payment');
}
const listUser = randomUUID();

/** Every page of a list: amounts in order, and how many pages there were. */
async function readAll(filter: PaymentFilter, limit: number) {
  const amounts: number[] = [];
  let after: PaymentCursor | null = null;
  let pages = 0;
  do {
    const page = await listPayments(db.knex, { userId: listUser, filter, limit, after });
    amounts.push(...page.payments.map(({ amountMinor }) => Number(amountMinor)));
    after = page.next;
    pages += 1;
  } while (after !== null);
  return { amounts, pages };
}

const numbered = (fits: (n: number) => boolean): number[] =>
  Array.from({ length: perUser }, (_, index) => index + 1).filter(fits);
const sorted = (amounts: readonly number[]): number[] => amounts.toSorted((a, b) => a - b);

describe('the list of payments', () => {
  beforeAll(fillList);

  test('has each payment of its user once, newest first, however it is paged', async () => {
    const { amounts, pages } = await readAll({}, 97);
    expect(sorted(amounts)).toEqual(numbered(() => true));
    expect(pages).toBe(Math.ceil(perUser / 97));
    const times = amounts.map((amount) => Math.floor(amount / 3));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test('leaves out what the filter says, and says when it has not read all', async () => {
    const rejected = await readAll({ status: 'rejected' }, 100);
    expect(sorted(rejected.amounts)).toEqual(numbered((n) => n % 5 === 3));
    const rare = await readAll({ status: 'expired' }, 100);
    expect(rare.amounts).toEqual([7]);
    expect(rare.pages).toBeGreaterThan(2);
    expect(rare.pages).toBeLessThan(8);
    const ofFirst = await readAll({ walletId: first }, 100);
    expect(sorted(ofFirst.amounts)).toEqual(
      numbered((n) => (n % 3 === 2 ? n % 5 > 0 : n % 3 === 0)),
    );
    const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);
    const hour = await readAll({ from: at(10), to: at(20) }, 7);
    expect(sorted(hour.amounts)).toEqual(numbered((n) => n >= 30 && n < 60));
  });

  test.each<[string, PaymentFilter]>([
    ['everything', {}],
    ['a status', { status: 'expired' }],
    ['a wallet', { walletId: second }],
    ['a time', { from: new Date(Date.UTC(2026, 0, 1)), to: new Date(Date.UTC(2026, 0, 2)) }],
  ])('reads a range of two indexes for %s', async (_what, filter) => {
    const sent: { sql: string; bindings: readonly string[] }[] = [];
    const listen = (query: (typeof sent)[number]) => void sent.push(query);
    db.knex.on('query', listen);
    await listPayments(db.knex, { userId: listUser, filter, limit: 20, after: null });
    db.knex.removeListener('query', listen);
    for (const { sql, bindings } of sent) {
      const explained = await db.knex.raw<{ rows: Record<string, unknown>[] }>(
        `explain (analyze, format json) ${sql.replaceAll(/\$\d+/g, '?')}`,
        bindings,
      );
      const plan = JSON.stringify(explained.rows);
      expect(plan).toContain('payment_of_payer');
      expect(plan).toContain('payment_of_payee');
      expect(plan).not.toContain('"Seq Scan"');
    }
    expect(sent).toHaveLength(1);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDatabase } from '../../database/database.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../testing/index.ts';
import { insertAccounts, insertTransfers } from '../../testing/journal.ts';
import { openWallets } from '../../wallets/store.ts';
import { divideJournal } from '../journal/months.ts';
import type { WalletEntryView } from './entry-view.ts';
import { createLedgerReads } from './reads.ts';
import type { LedgerReads } from './reads.ts';

/** A merchant's wallet: captures, clearings, a dispute and refunds, over three months. */
let db: Database;
let drop: () => Promise<void>;
let reads: LedgerReads;
const walletId = randomUUID();
const startMs = Date.UTC(2026, 0, 10);
const hourMs = 3_600_000;
const count = 1_300;
const posted: { atMs: number; amountMinor: bigint }[] = [];

beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  db = createDatabase({ url: made.url, applicationName: 'test wallet statements' });
  reads = createLedgerReads(db.knex);
  await divideJournal(db.knex, '2026-01-01T00:00:00Z');
  const wallet = {
    id: walletId,
    ownerId: randomUUID(),
    kind: 'merchant',
    currency: 'USD',
  } as const;
  await openWallets(db.knex, [wallet]);
  const [outside = 0n] = await insertAccounts(db.knex, [{ kind: 'external' }]);
  const own = await db.knex.raw<{ rows: { id: string; kind: string }[] }>(
    'select id, kind from account where wallet_id = ?::uuid',
    [walletId],
  );
  const of = (kind: string) => BigInt(own.rows.find((row) => row.kind === kind)?.id ?? 0);
  const moves: [from: bigint, to: bigint][] = [
    [outside, of('merchant_pending')],
    [of('merchant_pending'), of('merchant_available')],
    [of('receivable'), of('dispute_reserve')],
    [outside, of('merchant_pending')],
    [of('merchant_available'), outside],
  ];
  await db.knex.transaction(async (trx) => {
    for (let index = 0; index < count; index += 1) {
      const [from, to] = moves[index % moves.length] ?? [0n, 0n];
      const amountMinor = BigInt(([300, 150][index % moves.length] ?? 1) + ((index * 37) % 100));
      // Two at a time, at one moment.
      const atMs = startMs + Math.floor(index / 2) * hourMs;
      const legs = [
        { accountId: from, amountMinor: -amountMinor },
        { accountId: to, amountMinor },
      ];
      await insertTransfers(trx, [{ postedAt: new Date(atMs), legs }]);
      for (const leg of legs) {
        if (leg.accountId !== outside) posted.push({ atMs, amountMinor: leg.amountMinor });
      }
    }
  });
}, 60_000);
afterAll(async () => {
  await db.close();
  await drop();
});

const sumOf = (rows: readonly { amountMinor: bigint }[]): bigint =>
  rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);

async function statementOf(fromMs: number, toMs: number) {
  const period = { walletId, from: new Date(fromMs), to: new Date(toMs) };
  const opened = await reads.walletStatement(period);
  if (!opened.ok) throw new Error(opened.reason);
  const entries: WalletEntryView[] = [];
  for await (const page of reads.walletEntries(opened.statement)) entries.push(...page);
  return { statement: opened.statement, entries };
}

/** Does each balance follow from the one before? */
function expectRunning(entries: readonly WalletEntryView[], openingMinor: bigint): void {
  let balanceMinor = openingMinor;
  for (const entry of entries) {
    balanceMinor += entry.amountMinor;
    expect(entry.walletBalanceAfterMinor).toBe(balanceMinor);
  }
}

describe('the statement of a wallet of several accounts', () => {
  test('of any period leads from opening to closing over all of them', async () => {
    const moment = fc.integer({ min: -3, max: count / 2 + 3 }).map((at) => startMs + at * hourMs);
    const periods = fc.tuple(moment, moment).filter(([from, to]) => from < to);
    const property = fc.asyncProperty(periods, async ([from, to]) => {
      const { statement, entries } = await statementOf(from, to);
      const within = posted.filter(({ atMs }) => atMs >= from && atMs < to);
      expect(statement.openingMinor).toBe(sumOf(posted.filter(({ atMs }) => atMs < from)));
      expect(statement.closingMinor).toBe(sumOf(posted.filter(({ atMs }) => atMs < to)));
      expect(statement.closingMinor - statement.openingMinor).toBe(
        statement.creditsMinor - statement.debitsMinor,
      );
      expect(Number(statement.entryCount)).toBe(within.length);
      expect(entries).toHaveLength(within.length);
      expect(sumOf(entries)).toBe(sumOf(within));
      expectRunning(entries, statement.openingMinor);
    });
    const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000);
    await fc.assert(property, { numRuns: 10, seed });
  });

  test('is in the order of time, and of each account in that of its versions', async () => {
    const { entries } = await statementOf(startMs, startMs + count * hourMs);
    expect(entries).toHaveLength(posted.length);
    const times = entries.map(({ postedAt }) => postedAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const own of Map.groupBy(entries, ({ accountKind }) => accountKind).values()) {
      expect(own.map(({ version }) => Number(version))).toEqual(own.map((_, index) => index + 1));
    }
  });

  test('is what the list of entries says, the other way round', async () => {
    const { entries } = await statementOf(startMs, startMs + count * hourMs);
    const listed: WalletEntryView[] = [];
    for (let after: Record<string, string> | null = null, more = true; more;) {
      const page = await reads.entries({ walletId, limit: 77, after });
      listed.push(...page.entries);
      after = page.next;
      more = after !== null;
    }
    expect(listed.toReversed()).toEqual(entries);
  });

  test('of a wallet that is not there, or of no time, is refused by name', async () => {
    const [from, to] = [new Date(startMs), new Date(startMs + hourMs)];
    const unknown = await reads.walletStatement({ walletId: randomUUID(), from, to });
    expect(unknown).toEqual({ ok: false, reason: 'unknown_account' });
    const empty = await reads.walletStatement({ walletId, from, to: from });
    expect(empty).toEqual({ ok: false, reason: 'invalid_period' });
  });
});

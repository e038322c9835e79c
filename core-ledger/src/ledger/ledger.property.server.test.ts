import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { verifyInvariants } from '../invariants/verify.ts';
import { createTestDatabase } from '../testing/index.ts';
import type { TestDatabase } from '../testing/index.ts';
import type { LedgerItem } from './items.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { explain, writtenAs } from './testing/history.ts';
import type { Call, Written } from './testing/history.ts';
import { balanceOf, createModel, heldOf, versionOf } from './testing/model-state.ts';
import type { Model } from './testing/model-state.ts';
import { lapse } from './testing/model.ts';
import { count, missingOutcomes } from './testing/outcomes.ts';
import { arbitrarySequence, cast, itemsOf } from './testing/sequences.ts';

/** PROPERTY_SEED=… repeats the sequences; what ran at the same time is never quite the same. */
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000_000);
/** Sequences that run at the same time, each with callers and accounts of its own. */
const atOnce = 25;
const rounds = 20;
const callersOfEach = 4;
/** Between the phases of a sequence the time of some holds comes. */
const phases = 3;

let testDatabase: TestDatabase;
let database: Database;
let ledgers: Ledger[];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.url, applicationName: 'ledger property' });
  const clock = { nowMs: () => Date.now() };
  ledgers = [createLedger({ db: database, clock }), createLedger({ db: database, clock })];
});
afterAll(async () => {
  for (const ledger of ledgers) await ledger.close();
  await database.close();
  await testDatabase.drop();
});

test(`concurrent callers and the model agree (PROPERTY_SEED=${seed})`, async () => {
  const outcomes = new Map<string, number>();
  let operations = 0;
  const group = fc.array(arbitrarySequence, { minLength: atOnce, maxLength: atOnce });
  const property = fc.asyncProperty(group, async (sequences) => {
    const nowMs = Date.now();
    const accounts = await openCasts(sequences.length);
    await Promise.all(
      sequences.map(async (sequence, at) => {
        const ids = accounts.slice(at * cast.length, (at + 1) * cast.length);
        const prefix = randomBytes(4).toString('hex');
        const items = itemsOf(sequence, ids, prefix, nowMs);
        operations += items.length;
        const model = createModel(
          cast.map((facts, position) => ({ ...facts, id: ids[position] ?? 0n })),
          nowMs,
        );
        const calls = await runSequence(items, model);
        for (const { items: asked, results } of calls) {
          for (const [index, item] of asked.entries()) {
            const result = results[index];
            if (result !== undefined) count(outcomes, item, result);
          }
        }
      }),
    );
  });
  await fc.assert(property, { seed, numRuns: rounds, endOnFailure: true });
  expect(operations).toBeGreaterThanOrEqual(500 * 200);
  expect(missingOutcomes(outcomes)).toEqual([]);
  const broken = (await verifyInvariants(database.knex)).filter(({ violations }) => violations > 0);
  expect(broken).toEqual([]);
}, 240_000);

/** Posts all, phase by phase, and explains each phase from the model before it. */
async function runSequence(items: readonly LedgerItem[], start: Model): Promise<Call[]> {
  const all: Call[] = [];
  let model = start;
  for (let phase = 0; phase < phases; phase += 1) {
    const from = Math.ceil((items.length * phase) / phases);
    const to = Math.ceil((items.length * (phase + 1)) / phases);
    const callers = await post(items.slice(from, to));
    all.push(...callers.flat());
    const explained = explain(model, callers, await writtenOf(model));
    if (!('model' in explained)) {
      throw new Error(`no order of these calls gives these answers: ${told(explained)}`);
    }
    model = explained.model;
    await expectSame(model);
    model = await lapseSome(model, phase);
  }
  return all;
}

function told(unexplained: object): string {
  return JSON.stringify(unexplained, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

let moment = 0;

/** Each caller waits for its answer before it calls again; each call has one to five items. */
async function post(items: readonly LedgerItem[]): Promise<Call[][]> {
  const calls: LedgerItem[][] = [];
  for (let at = 0; at < items.length; at += calls.at(-1)?.length ?? 1) {
    calls.push(items.slice(at, at + 1 + ((at * 7) % 5)));
  }
  const callerOf = dealOut(calls);
  return Promise.all(
    Array.from({ length: callersOfEach }, async (_, caller) => {
      const done: Call[] = [];
      const ledger = ledgers[caller % ledgers.length];
      for (const mine of calls.filter((__, index) => callerOf[index] === caller)) {
        const invokedAt = (moment += 1);
        const results = (await ledger?.post(mine)) ?? [];
        done.push({ items: mine, results, invokedAt, returnedAt: (moment += 1) });
      }
      return done;
    }),
  );
}

/**
 * In turns; but who uses an id for something else is the one who used it first. Two that do so at
 * the same moment may both be refused by what else is wrong with them, for nothing then ties them.
 */
function dealOut(calls: readonly LedgerItem[][]): number[] {
  const users = new Map<string, { caller: number; type: string }>();
  return calls.map((items, index) => {
    const parts = items.flatMap((item) => (item.type === 'chain' ? [item, ...item.items] : [item]));
    const other = parts.find(({ id, type }) => (users.get(id)?.type ?? type) !== type);
    const caller = (other && users.get(other.id)?.caller) ?? index % callersOfEach;
    for (const { id, type } of parts) if (!users.has(id)) users.set(id, { caller, type });
    return caller;
  });
}

async function openCasts(times: number): Promise<bigint[]> {
  const rows = Array.from({ length: times }, () => cast)
    .flat()
    .map(({ limitMinor, ...rest }) => ({ ...rest, limit_minor: limitMinor?.toString() ?? null }));
  const opened = await database.knex.raw<{ rows: { id: string }[] }>(
    `insert into account (wallet_id, owner_id, kind, currency, status, limit_minor)
     select gen_random_uuid(), gen_random_uuid(), r ->> 'kind', r ->> 'currency', r ->> 'status',
       (r ->> 'limit_minor')::bigint
     from jsonb_array_elements(?::jsonb) with ordinality as rows (r, at) order by at returning id`,
    [JSON.stringify(rows)],
  );
  return opened.rows.map(({ id }) => BigInt(id)).sort((a, b) => (a < b ? -1 : 1));
}

async function writtenOf({ accounts }: Model): Promise<Written> {
  type Row = Record<'account_id' | 'transfer_id' | 'version' | 'amount_minor', string>;
  const found = await database.knex.raw<{ rows: Row[] }>(
    `select account_id, transfer_id, version, amount_minor from entry
     where account_id = any(?::bigint[])`,
    [accounts.map(({ id }) => id.toString())],
  );
  const written = new Map<string, Set<string>>();
  for (const row of found.rows) {
    const entries = written.get(row.transfer_id) ?? new Set();
    const entry = writtenAs(BigInt(row.account_id), BigInt(row.version), BigInt(row.amount_minor));
    written.set(row.transfer_id, entries.add(entry));
  }
  return (transferId) => written.get(transferId);
}

async function expectSame(model: Model): Promise<void> {
  const ids = model.accounts.map(({ id }) => id.toString());
  const accounts = await database.knex.raw<{ rows: Record<string, string>[] }>(
    `select id, balance_minor, held_minor, version from account where id = any(?::bigint[])
     order by id`,
    [ids],
  );
  expect(accounts.rows).toEqual(
    model.accounts.map(({ id }) => ({
      id: id.toString(),
      balance_minor: balanceOf(model, id).toString(),
      held_minor: heldOf(model, id).toString(),
      version: versionOf(model, id).toString(),
    })),
  );
  const holds = await database.knex.raw<{ rows: Record<string, string>[] }>(
    `select id, captured_minor, state from hold where account_id = any(?::bigint[])`,
    [ids],
  );
  expect(new Set(holds.rows.map((row) => `${row.id} ${row.captured_minor} ${row.state}`))).toEqual(
    new Set(model.holds.map((hold) => `${hold.id} ${hold.capturedMinor} ${hold.state}`)),
  );
}

async function lapseSome(model: Model, phase: number): Promise<Model> {
  const past = model.holds.filter((_, index) => index % 4 === phase).map(({ id }) => id);
  const passed = `update hold set expires_at = statement_timestamp() where id = any(?::uuid[])`;
  await database.knex.raw(passed, [past]);
  return lapse(model, past);
}

import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBook } from './book.ts';
import type { Account, Entry, Hold, Original, PostedTransfer } from './book-state.ts';
import type { LedgerItem, PostResult } from './items.ts';
import { createMemory } from './memory.ts';
import type { Remembered } from './memory.ts';
import { expire, lapse, step } from './testing/model.ts';
import { balanceOf, createModel, heldOf, versionOf } from './testing/model-state.ts';
import type { Model } from './testing/model-state.ts';
import { count, missingOutcomes } from './testing/outcomes.ts';
import { arbitrarySequence, cast, itemsOf } from './testing/sequences.ts';

/** PROPERTY_SEED=… repeats a run; a failing property prints its seed and path by itself. */
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000_000);
/** Fewer where every mutant of the code has to be found by them. */
const sequences = Number(process.env.PROPERTY_SEQUENCES ?? 500);
const nowMs = 1_700_000_000_000;
const accountIds = cast.map((_, position) => BigInt(position + 1));

/** What a database would keep between batches. */
type Rows = {
  accounts: Account[];
  holds: Map<string, Hold>;
  transfers: PostedTransfer[];
  entries: Entry[];
  known: Map<string, Remembered>;
};

test(`the book agrees with the model, batch after batch (PROPERTY_SEED=${seed})`, () => {
  const outcomes = new Map<string, number>();
  const run = (sequence: Parameters<typeof itemsOf>[0], batchSizes: number[]) => {
    const items = itemsOf(sequence, accountIds, '00000000', nowMs);
    const accounts = cast.map((facts, position) => ({ ...facts, id: accountIds[position] ?? 0n }));
    let model = createModel(accounts, nowMs);
    const rows = createRows(accounts);
    let at = 0;
    for (let turn = 0; at < items.length; turn += 1) {
      const batch = items.slice(at, (at += batchSizes[turn % batchSizes.length] ?? 1));
      const answers = postBatch(rows, batch);
      for (const [index, item] of batch.entries()) {
        const { model: next, result } = step(model, item);
        // The matcher is slow: it is asked only for its words.
        const isSame = isDeepStrictEqual(answers[index], result);
        if (!isSame) expect({ item, answer: answers[index] }).toEqual({ item, answer: result });
        model = next;
        count(outcomes, item, result);
      }
      expectSame(rows, model);
      // Time passes between batches for some of the holds; now and then the expiry job runs.
      const past = [...rows.holds.keys()].filter((_, index) => index % 5 === turn % 11);
      model = lapse(model, past);
      for (const id of past) setHold(rows, id, { isPast: true });
      if (turn % 3 === 0) {
        model = expire(model);
        expireRows(rows);
      }
    }
  };
  const batchSizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(arbitrarySequence, batchSizes, run), { seed, numRuns: sequences });
  expect(missingOutcomes(outcomes, sequences / 10)).toEqual([]);
}, 120_000);

function createRows(accounts: readonly Omit<Account, 'balanceMinor' | 'heldMinor' | 'version'>[]) {
  const empty = { balanceMinor: 0n, heldMinor: 0n, version: 0n };
  const rows: Rows = {
    accounts: accounts.map((facts) => ({ ...facts, ...empty })),
    ...{ holds: new Map(), transfers: [], entries: [], known: new Map() },
  };
  return rows;
}

/** Loads copies, posts, and writes what the book says is to be written, and nothing else. */
function postBatch(rows: Rows, batch: readonly LedgerItem[]): PostResult[] {
  const book = createBook({
    accounts: rows.accounts.map((account) => ({ ...account })),
    holds: [...rows.holds.values()].map((hold) => ({ ...hold })),
    originals: rows.transfers.map((transfer) => originalOf(rows, transfer)),
    nowMs,
  });
  const memory = createMemory(book, rows.known);
  const answers = batch.map((item) => memory.post(item));
  const changed = new Map([...book.changed].map((account) => [account.id, account]));
  rows.accounts = rows.accounts.map((account) => changed.get(account.id) ?? account);
  for (const hold of [...book.newHolds, ...book.changedHolds]) {
    const { id, accountId, amountMinor, paymentId, isPast, capturedMinor, state } = hold;
    rows.holds.set(id, { id, accountId, amountMinor, paymentId, isPast, capturedMinor, state });
  }
  rows.transfers.push(...book.transfers);
  rows.entries.push(...book.entries);
  for (const { id } of [...book.transfers, ...book.newHolds]) {
    const amounts = amountsOf(batch, answers, id);
    const done = { payloadHash: memory.hashOf(id), refusal: null, refusedItem: null };
    rows.known.set(id, { ...done, ...(amounts && { amounts }) });
  }
  for (const result of memory.results) rows.known.set(result.id, result);
  return answers;
}

function amountsOf(batch: readonly LedgerItem[], answers: readonly PostResult[], id: string) {
  const answer = answers[batch.findIndex((item) => item.id === id)];
  return answer?.ok === true ? answer.amounts : undefined;
}

function originalOf(rows: Rows, { id, kind, paymentId }: PostedTransfer): Original {
  const isReversed = rows.transfers.some(({ reverses }) => reverses === id);
  const entries = rows.entries.filter(({ transferId }) => transferId === id);
  return { id, kind, paymentId, isReversed, entries };
}

function setHold(rows: Rows, id: string, change: Partial<Hold>): void {
  const hold = rows.holds.get(id);
  if (hold !== undefined) rows.holds.set(id, { ...hold, ...change });
}

/** As the expiry job does it. */
function expireRows(rows: Rows): void {
  for (const { id, accountId, amountMinor, capturedMinor, isPast, state } of rows.holds.values()) {
    if (!isPast || state !== 'open') continue;
    setHold(rows, id, { state: 'expired' });
    const account = rows.accounts.find((one) => one.id === accountId);
    if (account !== undefined) account.heldMinor -= amountMinor - capturedMinor;
  }
}

function expectSame(rows: Rows, model: Model): void {
  for (const { id, balanceMinor, heldMinor, version } of rows.accounts) {
    const counted = [balanceOf(model, id), heldOf(model, id), versionOf(model, id)];
    const isSame = isDeepStrictEqual([balanceMinor, heldMinor, version], counted);
    if (!isSame) expect([id, balanceMinor, heldMinor, version]).toEqual([id, ...counted]);
  }
}

import { isDeepStrictEqual } from 'node:util';
import type { LedgerItem, PostResult } from '../items.ts';
import { step } from './model.ts';
import { versionOf } from './model-state.ts';
import type { Model } from './model-state.ts';

/** One call of a caller, as it was seen from outside; moments are counted, not measured. */
export type Call = {
  readonly items: readonly LedgerItem[];
  readonly results: readonly PostResult[];
  readonly invokedAt: number;
  readonly returnedAt: number;
};

/** The entries of a transfer as the ledger wrote them, each as `writtenAs` puts it. */
export type Written = (transferId: string) => ReadonlySet<string> | undefined;

export function writtenAs(accountId: bigint, version: bigint, amountMinor: bigint): string {
  return `account ${accountId}, version ${version}: ${amountMinor}`;
}

/**
 * Is there an order of the calls of all callers in which the model answers just as the ledger did?
 * The order must keep that of each caller, must not put a call before one that had returned when
 * it was made, and must be the one in which the ledger counted the entries of each account.
 * Gives the model after it, or
 * the calls at which the best attempt ended, with what the model expected of each.
 */
export function explain(
  start: Model,
  callers: readonly (readonly Call[])[],
  written: Written,
): { model: Model } | { unexplained: { call: Call; expected: PostResult[] }[] } {
  // What was posted decides the state, whatever the order: no position need be tried twice.
  const tried = new Set<string>();
  let furthest = { count: -1, model: start, next: [] as Call[] };
  const search = (model: Model, positions: readonly number[]): Model | null => {
    const key = positions.join();
    if (tried.has(key)) return null;
    tried.add(key);
    const next = positions.flatMap((position, caller) => callers[caller]?.[position] ?? []);
    if (next.length === 0) return model;
    const count = positions.reduce((sum, position) => sum + position, 0);
    if (count > furthest.count) furthest = { count, model, next };
    const firstReturn = Math.min(...next.map(({ returnedAt }) => returnedAt));
    for (const [caller, position] of positions.entries()) {
      const call = callers[caller]?.[position];
      if (call === undefined || call.invokedAt > firstReturn) continue;
      const after = replay(model, call, written);
      if (after === null) continue;
      const found = search(after, positions.with(caller, position + 1));
      if (found !== null) return found;
    }
    return null;
  };
  const model = search(
    start,
    callers.map(() => 0),
  );
  if (model !== null) return { model };
  const { model: reached, next } = furthest;
  return { unexplained: next.map((call) => ({ call, expected: expectedOf(reached, call) })) };
}

/** What the model would have answered. */
function expectedOf(model: Model, { items }: Call): PostResult[] {
  let after = model;
  return items.map((item) => {
    const { model: next, result } = step(after, item);
    after = next;
    return result;
  });
}

/** The model after the call, or null where it answers otherwise than the ledger. */
function replay(model: Model, { items, results }: Call, written: Written): Model | null {
  let after = model;
  for (const [index, item] of items.entries()) {
    const { model: next, result } = step(after, item);
    if (!isDeepStrictEqual(result, results[index])) return null;
    if (!isWrittenSo(after, next, written)) return null;
    after = next;
  }
  return after;
}

/** Are the new transfers those that the ledger wrote, entry for entry and version for version? */
function isWrittenSo(before: Model, after: Model, written: Written): boolean {
  const entries = new Map<string, Set<string>>();
  for (let index = before.journal.length; index < after.journal.length; index += 1) {
    const entry = after.journal[index];
    if (entry === undefined) return false;
    const { transferId, accountId, amountMinor } = entry;
    const version = versionOf({ ...after, journal: after.journal.slice(0, index + 1) }, accountId);
    const ofTransfer = entries.get(transferId) ?? new Set();
    entries.set(transferId, ofTransfer.add(writtenAs(accountId, version, amountMinor)));
  }
  return [...entries].every(([id, expected]) => isDeepStrictEqual(written(id), expected));
}

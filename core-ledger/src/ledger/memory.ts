import type { Book } from './book.ts';
import { posted, refused } from './book-rules.ts';
import type { LedgerItem, PostResult, Refusal } from './items.ts';
import { isWellFormed } from './item-shape.ts';
import { payloadHashOf } from './payload-hash.ts';

/** What an id was answered once, in an earlier batch or in this one. */
export type Remembered = {
  /** Null: posted through another door, which keeps the hash of its own; nothing repeats it. */
  readonly payloadHash: string | null;
  /** Null: it was done. */
  readonly refusal: Refusal | null;
  /** Of a refused chain: the item that was refused. */
  readonly refusedItem: number | null;
  /** As they were answered, where a leg had left its amount open. */
  readonly amounts?: readonly bigint[];
};

/** An answer that leaves no transfer and no hold to be found by: a row of its own. */
export type ResultToKeep = Remembered & {
  readonly id: string;
  readonly payloadHash: string;
  readonly kind: LedgerItem['type'];
};

/**
 * Answers every id once. In front of a book, for the door that takes items from callers: what was
 * answered before is answered again, and another payload with the same id is refused.
 */
export type Memory = {
  post(item: LedgerItem): PostResult;
  /** Of a transfer or hold that this batch posted: what its row keeps. */
  hashOf(id: string): string | null;
  /** Rows to insert: refusals, voids and chains, in the order of posting. */
  readonly results: readonly ResultToKeep[];
};

/**
 * `known` has every id of the batch that was answered before, read after the locks were granted:
 * those of the items and of the items of chains. `hashes` has those that were computed while the
 * locks were waited for, of items that are well formed.
 */
export function createMemory(
  book: Book,
  known: ReadonlyMap<string, Remembered>,
  hashes: ReadonlyMap<LedgerItem, string> = new Map(),
): Memory {
  const answered = new Map<string, Remembered>();
  const results: ResultToKeep[] = [];
  const find = (id: string): Remembered | undefined => answered.get(id) ?? known.get(id);

  const keep = (item: LedgerItem, payloadHash: string, result: PostResult): void => {
    const { id, type: kind } = item;
    const remembered = { payloadHash, ...rememberedOf(result) };
    answered.set(id, remembered);
    const hasRow = result.ok && kind !== 'void' && kind !== 'chain';
    if (!hasRow) results.push({ id, kind, ...remembered });
    // Of a refused chain nothing happened: its items may come again by themselves.
    if (item.type !== 'chain' || !result.ok) return;
    for (const part of item.items) keep(part, payloadHashOf(part), posted);
  };

  const decide = (item: LedgerItem): PostResult => {
    if (item.type !== 'chain') return book.post(item);
    const ids = new Set([item.id]);
    for (const [index, { id }] of item.items.entries()) {
      if (ids.has(id) || find(id) !== undefined) return { ...refused('id_reused'), item: index };
      ids.add(id);
    }
    return book.post(item);
  };

  return {
    post(item) {
      const hashed = hashes.get(item);
      if (hashed === undefined && !isWellFormed(item)) return refused('malformed');
      const payloadHash = hashed ?? payloadHashOf(item);
      const earlier = find(item.id);
      if (earlier === undefined) {
        const result = decide(item);
        keep(item, payloadHash, result);
        return result;
      }
      return earlier.payloadHash === payloadHash ? answerAgain(earlier) : refused('id_reused');
    },
    hashOf: (id) => answered.get(id)?.payloadHash ?? null,
    results,
  };
}

function rememberedOf(result: PostResult): Omit<Remembered, 'payloadHash'> {
  if (!result.ok) return { refusal: result.reason, refusedItem: result.item ?? null };
  const { amounts } = result;
  return { refusal: null, refusedItem: null, ...(amounts === undefined ? {} : { amounts }) };
}

function answerAgain({ refusal, refusedItem, amounts }: Remembered): PostResult {
  if (refusal === null) return { ok: true, repeated: true, ...(amounts && { amounts }) };
  const again = { ok: false, repeated: true, reason: refusal } as const;
  return refusedItem === null ? again : { ...again, item: refusedItem };
}

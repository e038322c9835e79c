import type { Type } from 'avsc';

/** The schemas records were written with, by registry id. */
export type WriterSchemas = {
  get(id: number): Type | undefined;
  /** True when the registry was asked lately and does not know the id. */
  isUnknown(id: number): boolean;
  /** Fetches what is missing, each id once; null entries are skipped. */
  load(ids: readonly (number | null)[]): Promise<void>;
};

// Long enough that a flood of broken records asks once; short enough for a registry that was
// restored from a backup and learns the id later.
const UNKNOWN_FOR_MS = 60_000;
// A flood of invented ids must not fill the memory.
const MOST_UNKNOWN = 1_000;

/**
 * @param writerType null for an id the registry does not know; throws when it cannot answer
 * @param known our own schemas: a running process needs no registry for its own records
 */
export function createWriterSchemas(
  writerType: (id: number) => Promise<Type | null>,
  known: ReadonlyMap<number, Type>,
): WriterSchemas {
  const types = new Map(known);
  const unknownUntilMs = new Map<number, number>();
  const loading = new Map<number, Promise<void>>();

  const isUnknown = (id: number) => (unknownUntilMs.get(id) ?? 0) > performance.now();

  async function fetchOne(id: number): Promise<void> {
    const type = await writerType(id);
    if (type !== null) {
      types.set(id, type);
      unknownUntilMs.delete(id);
      return;
    }
    if (unknownUntilMs.size >= MOST_UNKNOWN) unknownUntilMs.clear();
    unknownUntilMs.set(id, performance.now() + UNKNOWN_FOR_MS);
  }

  function loadOne(id: number): Promise<void> {
    const running = loading.get(id);
    if (running !== undefined) return running;
    const started = fetchOne(id).finally(() => loading.delete(id));
    loading.set(id, started);
    return started;
  }

  return {
    get: (id) => types.get(id),
    isUnknown,
    async load(ids) {
      const missing = new Set<number>();
      for (const id of ids) {
        if (id !== null && !types.has(id) && !isUnknown(id)) missing.add(id);
      }
      // One after the other: the ids of a batch are few, unless they are invented.
      for (const id of missing) await loadOne(id);
    },
  };
}

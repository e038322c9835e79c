/** What this instance has accepted of late: framed Avro by id. */
export type RecentIntents = {
  get(id: string): Buffer | undefined;
  set(id: string, intent: Buffer): void;
};

/** Of an entry beside its bytes. */
const overheadBytes = 64;

/**
 * Remembers at least the last half of `mostBytes` and forgets in halves: two maps, of which the
 * older goes when the younger is full. A list in the order of use costs twenty times as much for
 * each intent, and nobody needs that order.
 */
export function createRecentIntents(mostBytes: number): RecentIntents {
  let younger = new Map<string, Buffer>();
  let older = new Map<string, Buffer>();
  let bytes = 0;
  return {
    get: (id) => younger.get(id) ?? older.get(id),
    set(id, intent) {
      younger.set(id, intent);
      bytes += intent.length + overheadBytes;
      if (bytes <= mostBytes / 2) return;
      older = younger;
      younger = new Map();
      bytes = 0;
    },
  };
}

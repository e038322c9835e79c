import type { OutboxBatch, OutboxRecord } from '@wallet/core-ledger';

/** More than this waits in the table alone: memory is a short cut, not a store. */
const maximumRecords = 20_000;

/** Records of committed batches, kept in memory until they are published. */
export function createHandedOver() {
  const byBatch = new Map<bigint, readonly OutboxRecord[]>();
  let count = 0;
  return {
    add(batches: readonly OutboxBatch[]): void {
      for (const { id, records } of batches) {
        if (count + records.length > maximumRecords) return;
        byBatch.set(id, records);
        count += records.length;
      }
    },
    has: (id: bigint): boolean => byBatch.has(id),
    get: (id: bigint): readonly OutboxRecord[] | undefined => byBatch.get(id),
    delete(id: bigint): void {
      count -= byBatch.get(id)?.length ?? 0;
      byBatch.delete(id);
    },
    clear(): void {
      byBatch.clear();
      count = 0;
    },
  };
}

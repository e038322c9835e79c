import type { Connection, RelayStore } from '@wallet/core-ledger';
import { monotonicMs } from '@wallet/runtime';

const everyMs = 60_000;
/** Batches deleted by one statement: small, so that nothing waits for it. */
const batchesPerStatement = 100;
/** Statements of one sweep; what is left is taken by the next. */
const statementsPerSweep = 50;

/** Deletes outbox rows that were published long ago, a little at a time. */
export function createSweeper(deps: {
  connection: Connection;
  store: RelayStore;
  keepHours: number;
}) {
  const { connection, store, keepHours } = deps;
  let sweptAtMs = monotonicMs();
  return {
    async sweepWhenDue(): Promise<void> {
      if (monotonicMs() - sweptAtMs < everyMs) return;
      sweptAtMs = monotonicMs();
      for (let statement = 0; statement < statementsPerSweep; statement += 1) {
        const [answer] = await connection.flight([store.sweep(keepHours, batchesPerStatement)]);
        if ((answer?.rowCount ?? 0) < batchesPerStatement) return;
      }
    },
  };
}

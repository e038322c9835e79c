import { createMonthsAhead, type Database } from '@wallet/core-ledger';
import type { Metrics } from '@wallet/runtime';

/** Makes the months of entries that are missing, and writes up to when there are some. */
export function createMonthsLook(options: {
  database: Database;
  metrics: Metrics;
}): () => Promise<void> {
  const { database, metrics } = options;
  return async () => {
    const { coveredUntilMs } = await createMonthsAhead(database.knex);
    metrics.set('wallet_ledger_months_until_timestamp_seconds', {}, coveredUntilMs / 1000);
  };
}

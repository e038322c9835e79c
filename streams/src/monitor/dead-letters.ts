import { countHandled, type Database } from '@wallet/core-ledger';
import type { Metrics } from '@wallet/runtime';
import { deadLetterTopicOf, type WireAdmin } from '@wallet/schemas';

/** Writes how many dead letters of each topic nobody has handled, under their source's name. */
export function createDeadLetterLook(options: {
  admin: Pick<WireAdmin, 'offsets'>;
  database: Database;
  sources: readonly string[];
  metrics: Metrics;
}): () => Promise<void> {
  const { admin, database, sources, metrics } = options;
  return async () => {
    for (const topic of sources) {
      const bounds = await admin.offsets(deadLetterTopicOf(topic));
      let kept = 0;
      for (const { low, high } of bounds.values()) kept += high - low;
      if (kept > 0) {
        const lows = new Map([...bounds].map(([partition, { low }]) => [partition, low]));
        kept -= await countHandled(database.knex, topic, lows);
      }
      metrics.set('wallet_dead_letter_records', { topic }, kept);
    }
  };
}

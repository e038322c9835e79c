import type { Metrics } from '@wallet/runtime';
import { deadLetterTopicOf, type WireAdmin } from '@wallet/schemas';

/** Writes how many records each dead-letter topic keeps, under the name of its source topic. */
export function createDeadLetterLook(options: {
  admin: Pick<WireAdmin, 'offsets'>;
  sources: readonly string[];
  metrics: Metrics;
}): () => Promise<void> {
  const { admin, sources, metrics } = options;
  return async () => {
    for (const topic of sources) {
      const bounds = await admin.offsets(deadLetterTopicOf(topic));
      let kept = 0;
      for (const { low, high } of bounds.values()) kept += high - low;
      metrics.set('wallet_dead_letter_records', { topic }, kept);
    }
  };
}

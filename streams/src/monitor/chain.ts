import type { Sealer } from '@wallet/core-ledger';
import type { Clock, Log, Metrics } from '@wallet/runtime';

/**
 * Seals what was posted since the last look. The head goes to the log, from where it can be kept
 * outside of the database: whoever has an old head can tell whether history was written anew.
 */
export function createChainLook(options: {
  sealer: Sealer;
  log: Log;
  metrics: Metrics;
  clock: Clock;
}): () => Promise<void> {
  const { sealer, log, metrics, clock } = options;
  return async () => {
    const { height, head, transfers, oldestUnsealedAtMs } = await sealer.seal();
    metrics.set('wallet_chain_height_blocks', {}, height);
    metrics.inc('wallet_chain_sealed_transfers_total', {}, transfers);
    const oldestSeconds = (oldestUnsealedAtMs ?? clock.nowMs()) / 1000;
    metrics.set('wallet_chain_oldest_unsealed_timestamp_seconds', {}, oldestSeconds);
    if (transfers > 0) log.info({ height, head, transfers }, 'the chain was sealed');
  };
}

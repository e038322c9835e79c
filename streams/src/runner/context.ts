import type { Database, OutboxBatch } from '@wallet/core-ledger';
import type { Clock, Log, Metrics } from '@wallet/runtime';
import type { Subscription, Wire } from '@wallet/schemas';
import type { Settings } from '../settings.ts';
import type { Handler } from './handler.ts';
import { createLoop } from './loop.ts';
import { withMetrics, type Stage } from './measure.ts';
import { withRetry } from './retry.ts';
import { withTraces } from './trace.ts';

/** What a process gives to each of its processors. */
export type Context = {
  settings: Settings;
  wire: Wire;
  database: Database;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  /** Fires when the process stops. */
  signal: AbortSignal;
  onFatal: (error: unknown) => void;
  /** Registers what was opened; closed last in, first out. */
  onClose: (name: string, close: () => Promise<void> | void) => void;
  committed: Committed;
};

/** A running processor: why it makes no progress, if it does not. */
export type Running = { problem(): string | null };

/** Tells the relay of this process, if there is one, what its settlement has just committed. */
export type Committed = {
  offer(batches: readonly OutboxBatch[]): void;
  listen(listener: (batches: readonly OutboxBatch[]) => void): void;
};

export function createCommitted(): Committed {
  let listener: (batches: readonly OutboxBatch[]) => void = () => undefined;
  return {
    offer: (batches) => listener(batches),
    listen: (given) => {
      listener = given;
    },
  };
}

/** Every consumer is a loop over one subscription with the same concerns around its handler. */
export function runLoop(
  context: Context,
  options: {
    stage: Stage;
    subscription: Subscription;
    handler: Handler;
    maxBatchRecords: number;
    gapMs: number;
  },
): Running {
  const { log, metrics, clock, signal, onFatal, onClose } = context;
  const { stage, subscription } = options;
  const onRetry = (): void => metrics.inc('wallet_stage_retries_total', { stage });
  const retrying = withRetry({ stage, log, signal, onRetry });
  const measured = withMetrics(stage, metrics, clock)(retrying(options.handler));
  const handler = withTraces(stage)(measured);
  const loop = createLoop({ ...options, handler, log, signal, onFatal });
  loop.start();
  onClose(stage, () => loop.stop());
  return { problem: () => subscription.problem() };
}

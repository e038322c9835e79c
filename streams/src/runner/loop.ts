import type { Log } from '@wallet/runtime';
import type { InboundRecord, Subscription } from '@wallet/schemas';
import type { Handler } from './handler.ts';
import { pause } from './retry.ts';

export type LoopOptions = {
  stage: string;
  subscription: Subscription;
  handler: Handler;
  /** Most records of one batch. Larger batches cost less a record and hold locks for longer. */
  maxBatchRecords: number;
  /** Least time between the starts of two batches: a few milliseconds make batches that pay. */
  gapMs: number;
  log: Log;
  signal: AbortSignal;
  /** Called once when the stage meets a fault that no retry mends: the process should end. */
  onFatal: (error: unknown) => void;
};

export type Loop = {
  start(): void;
  /** Stops fetching, lets the batch in flight finish, leaves the group. */
  stop(): Promise<void>;
};

/** Takes batches from a subscription and gives them to a handler, one at a time, until stopped. */
export function createLoop(options: LoopOptions): Loop {
  const { stage, subscription, handler, log } = options;
  let running: Promise<void> = Promise.resolve();

  async function handle(records: readonly InboundRecord[]): Promise<void> {
    try {
      subscription.commit(await handler(records));
    } catch (error) {
      if (options.signal.aborted) return;
      if (!isZombie(error)) throw error;
      // Another member has moved our offsets on: what is queued here is no longer ours to settle.
      log.warn(
        { stage, records: records.length },
        'partitions moved on without us: positions are read again',
      );
      await subscription.reset();
    }
  }

  async function run(): Promise<void> {
    for (;;) {
      const batch = await subscription.take(options.maxBatchRecords);
      if (batch === null) return;
      const startedAt = performance.now();
      await handle(batch.records);
      const restMs = options.gapMs - (performance.now() - startedAt);
      if (restMs > 0.5) await pause(restMs, options.signal);
    }
  }

  return {
    start() {
      subscription.start();
      running = run().catch((error: unknown) => {
        log.fatal({ err: error, stage }, 'stage ended by a fault that no retry mends');
        options.onFatal(error);
      });
    },
    async stop() {
      await subscription.stop();
      await running;
      await subscription.close();
    },
  };
}

function isZombie(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'zombie';
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@wallet/runtime';
import { createDelivery, type Delivery, type DeliveryOptions, type Entry } from './delivery.ts';

export type LaneSettings = {
  /** Least time between the starts of two batches. */
  readonly gapMs: number;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
};

/** The records of one topic: one batch in flight, so that the order of a key is never at risk. */
export type Lane = {
  add(entry: Entry): void;
  problem(): string | null;
  /** Waits for what is queued, at most until its deadlines, and closes the connections. */
  close(): Promise<void>;
};

type LaneOptions = DeliveryOptions & { readonly settings: LaneSettings };

type State = LaneOptions & {
  readonly delivery: Delivery;
  readonly queue: Entry[];
  inFlight: readonly Entry[];
  running: Promise<void> | null;
  expiry: NodeJS.Timeout | null;
  lastStartMs: number;
};

// A leader election takes up to six seconds; what takes longer is a problem.
const PROBLEM_AFTER_MS = 8_000;

export function createLane(options: LaneOptions): Lane {
  const state: State = {
    ...options,
    delivery: createDelivery(options),
    queue: [],
    inFlight: [],
    running: null,
    expiry: null,
    lastStartMs: 0,
  };
  return {
    add(entry) {
      state.queue.push(entry);
      armExpiry(state, entry);
      // Not at once: what else arrives in this turn of the event loop shares the send.
      state.running ??= new Promise((resolve) => setImmediate(() => resolve(run(state))));
    },
    problem() {
      const failing = state.delivery.failing();
      if (failing === null || performance.now() - failing.sinceMs < PROBLEM_AFTER_MS) return null;
      return `publishing ${state.topic} fails: ${failing.why}`;
    },
    async close() {
      await state.running;
      if (state.expiry !== null) clearTimeout(state.expiry);
      await state.session.close();
    },
  };
}

async function run(state: State): Promise<void> {
  while (state.queue.length > 0) {
    const waitMs = state.lastStartMs + state.settings.gapMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    state.lastStartMs = performance.now();
    state.inFlight = takeBatch(state.queue, state.settings);
    await state.delivery.deliver(state.inFlight);
    state.inFlight = [];
  }
  state.running = null;
}

function takeBatch(queue: Entry[], settings: LaneSettings): Entry[] {
  let count = 0;
  let bytes = 0;
  while (count < queue.length && count < settings.maxBatchRecords) {
    bytes += queue[count]?.bytes ?? 0;
    if (count > 0 && bytes > settings.maxBatchBytes) break;
    count += 1;
  }
  return queue.splice(0, count);
}

// All records have the same time, so they expire in the order in which they came: one timer.
function armExpiry(state: State, oldest: Entry): void {
  state.expiry ??= setTimeout(
    () => {
      state.expiry = null;
      expire(state);
    },
    Math.max(1, oldest.deadlineAtMs - performance.now()),
  );
}

function expire(state: State): void {
  const nowMs = performance.now();
  for (const entry of [...state.inFlight, ...state.queue]) {
    if (entry.settled) continue;
    if (entry.deadlineAtMs > nowMs) {
      armExpiry(state, entry);
      break;
    }
    state.metrics.inc('wallet_publisher_rejections_total', { reason: 'deadline' });
    const why = state.delivery.failing()?.why ?? 'no acknowledgement in time';
    const message = `${state.topic}: ${why}; the record may have been written`;
    entry.settle(new Fault('deadline', message, { retriable: true }));
  }
  while (state.queue[0]?.settled === true) state.queue.shift();
}

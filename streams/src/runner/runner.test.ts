import { describe, expect, it } from '@jest/globals';
import { createLog, createMetrics, Fault, systemClock } from '@wallet/runtime';
import type { InboundRecord } from '@wallet/schemas';
import { positionsBehind, type Handler } from './handler.ts';
import { createLoop } from './loop.ts';
import { withMetrics } from './measure.ts';
import { pause, withRetry } from './retry.ts';

const log = createLog({ role: 'test', level: 'silent' });

function record(partition: number, offset: number): InboundRecord {
  const empty = { timestampMs: 0, key: null, value: null, headers: {} };
  return { topic: 'payment-intents', partition, offset, ...empty };
}

/** A subscription over given batches that notes what the loop asks of it. */
function scripted(batches: InboundRecord[][]) {
  const calls: string[] = [];
  let stopped = (): void => undefined;
  const ended = new Promise<null>((resolve) => (stopped = () => resolve(null)));
  return {
    calls,
    start: () => void calls.push('start'),
    take: async () => {
      const records = batches.shift();
      return records === undefined ? ended : { records };
    },
    commit: (positions: readonly { nextOffset: number }[]) =>
      void calls.push(...positions.map(({ nextOffset }) => `commit ${nextOffset}`)),
    reset: async () => void calls.push('reset'),
    upcoming: () => [],
    problem: () => null,
    healthy: () => true,
    stop: async () => {
      calls.push('stop');
      stopped();
    },
    close: async () => void calls.push('close'),
  };
}

function loopOver(batches: InboundRecord[][], handler: Handler, onFatal = (): void => undefined) {
  const subscription = scripted(batches);
  const { signal } = new AbortController();
  const options = { stage: 'fraud', subscription, handler, maxBatchRecords: 10, gapMs: 0 };
  return { loop: createLoop({ ...options, log, signal, onFatal }), calls: subscription.calls };
}

describe('the loop of a stage', () => {
  it('commits the position behind each batch, in order, and stops cleanly', async () => {
    const handled: number[] = [];
    const { loop, calls } = loopOver(
      [[record(0, 4)], [record(0, 5), record(0, 6)]],
      async (records) => {
        handled.push(records.length);
        return positionsBehind(records);
      },
    );
    loop.start();
    await loop.stop();
    expect(handled).toEqual([1, 2]);
    expect(calls).toEqual(['start', 'stop', 'commit 5', 'commit 7', 'close']);
  });

  it('reads its positions again when another member has moved them', async () => {
    const { loop, calls } = loopOver([[record(0, 4)]], () =>
      Promise.reject(new Fault('zombie', 'offsets moved', { retriable: false })),
    );
    loop.start();
    await loop.stop();
    expect(calls).toEqual(['start', 'stop', 'reset', 'close']);
  });

  it('says so when a fault ends it, and commits nothing', async () => {
    let fatal = 0;
    const { loop, calls } = loopOver(
      [[record(0, 4)]],
      () => Promise.reject(new Error('a bug')),
      () => (fatal += 1),
    );
    loop.start();
    await loop.stop();
    expect(fatal).toBe(1);
    expect(calls).not.toContain('commit 5');
  });
});

describe('retry in place', () => {
  const failing = (times: number, fault: Fault): Handler => {
    let left = times;
    return (records) =>
      left-- > 0 ? Promise.reject(fault) : Promise.resolve(positionsBehind(records));
  };
  const away = new Fault('away', 'the server is away', { retriable: true });

  it('gives the same batch again until the fault has passed', async () => {
    let retries = 0;
    const { signal } = new AbortController();
    const wrap = withRetry({ stage: 'fraud', log, signal, onRetry: () => (retries += 1) });
    expect(await wrap(failing(2, away))([record(1, 8)])).toEqual([
      { topic: 'payment-intents', partition: 1, nextOffset: 9 },
    ]);
    expect(retries).toBe(2);
  });

  it('throws at once what no retry mends, and what is retriable once the stage stops', async () => {
    const stop = new AbortController();
    const wrap = withRetry({
      stage: 'fraud',
      log,
      signal: stop.signal,
      onRetry: () => stop.abort(),
    });
    const bug = new Fault('bug', 'broken', { retriable: false });
    await expect(wrap(failing(1, bug))([record(0, 1)])).rejects.toBe(bug);
    await expect(wrap(failing(9, away))([record(0, 1)])).rejects.toBe(away);
  });

  it('a pause ends early when the signal fires', async () => {
    const stop = new AbortController();
    const paused = pause(60_000, stop.signal);
    stop.abort();
    await expect(paused).resolves.toBeUndefined();
  });
});

it('each batch is measured: its size and its time', async () => {
  const metrics = createMetrics({ role: 'test' });
  const wrapped = withMetrics(
    'fraud',
    metrics,
    systemClock,
  )(async (records) => positionsBehind(records));
  await wrapped([record(0, 1), record(0, 2)]);
  for (const name of ['wallet_stage_batch_records', 'wallet_stage_processing_seconds'] as const)
    expect(await metrics.read(name, { stage: 'fraud' })).toBe(1);
});

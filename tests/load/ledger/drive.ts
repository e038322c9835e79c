import type { Ledger } from '@wallet/core-ledger';
import type { MakeItems } from './loads.ts';

/** What callers got in the time; latencies in milliseconds, sorted. */
export type Driven = { items: number; refused: number; seconds: number; latencies: Float64Array };

/** Callers that call again as soon as they were answered. */
export async function driveClosed(
  ledger: Ledger,
  load: { callers: number; batch: number; make: MakeItems; seconds: number },
): Promise<Driven> {
  const { callers, batch, make, seconds } = load;
  const record = createRecord();
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1_000;
  const call = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const calledAt = performance.now();
      record.add(await ledger.post(make(batch)), calledAt);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return record.end(startedAt);
}

/** Single items at a rate; latency counts from the moment a call was due. */
export async function drivePaced(
  ledger: Ledger,
  load: { callers: number; rate: number; make: MakeItems; seconds: number },
): Promise<Driven> {
  const { callers, rate, make, seconds } = load;
  const record = createRecord();
  const startedAt = performance.now();
  const due: number[] = [];
  let planned = 0;
  const total = rate * seconds;
  const wakes: (() => void)[] = [];
  const tick = setInterval(() => {
    const reached = Math.min(total, ((performance.now() - startedAt) / 1_000) * rate);
    for (; planned < reached; planned += 1) {
      due.push(startedAt + (planned / rate) * 1_000);
      wakes.shift()?.();
    }
    if (planned >= total) for (const wake of wakes.splice(0)) wake();
  }, 1);
  const call = async (): Promise<void> => {
    for (;;) {
      const dueAt = due.shift();
      if (dueAt !== undefined) record.add(await ledger.post(make(1)), dueAt);
      else if (planned >= total) return;
      else await new Promise<void>((resolve) => wakes.push(resolve));
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  clearInterval(tick);
  return record.end(startedAt);
}

function createRecord() {
  const latencies: number[] = [];
  let items = 0;
  let refused = 0;
  return {
    add(results: readonly { ok: boolean }[], sinceMs: number): void {
      latencies.push(performance.now() - sinceMs);
      items += results.length;
      for (const { ok } of results) if (!ok) refused += 1;
    },
    end: (startedAt: number): Driven => ({
      ...{ items, refused, seconds: (performance.now() - startedAt) / 1_000 },
      latencies: Float64Array.from(latencies).sort(),
    }),
  };
}

export function quantile(sorted: Float64Array, fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

import { afterEach, expect, test } from '@jest/globals';
import { createMetrics } from '@wallet/runtime';
import { setTimeout as pause } from 'node:timers/promises';
import { createOverloadGuard, type OverloadGuard, type Place } from './overload.ts';

let guard: OverloadGuard | null = null;
afterEach(() => guard?.close());

/** How many the guard lets in at this moment; they leave again. */
function roomOf(asked: OverloadGuard): number {
  const places: Place[] = [];
  for (let place = asked.take(); place !== null; place = asked.take()) places.push(place);
  for (const place of places) place.leave();
  return places.length;
}

test('while the event loop is late there are fewer places, never none', async () => {
  const limits = { maxInFlight: 500, maxLoopDelayMs: 20 };
  guard = createOverloadGuard({ limits, metrics: createMetrics({ role: 'edge' }) });
  expect(roomOf(guard)).toBe(500);
  const rooms: number[] = [];
  const endMs = performance.now() + 20_000;
  while (rooms.at(-1) !== 256 && performance.now() < endMs) {
    const busyUntilMs = performance.now() + 80;
    while (performance.now() < busyUntilMs); // the event loop stands still
    await pause(1); // the sampler's turn
    rooms.push(roomOf(guard));
  }
  expect(rooms.at(-1)).toBe(256);
  while (roomOf(guard) < 500 && performance.now() < endMs + 20_000) await pause(5);
  expect(roomOf(guard)).toBe(500);
});

test('one long stall turns nobody away', async () => {
  const limits = { maxInFlight: 500, maxLoopDelayMs: 250 };
  guard = createOverloadGuard({ limits, metrics: createMetrics({ role: 'edge' }) });
  expect(roomOf(guard)).toBe(500);
  const busyUntilMs = performance.now() + 600;
  while (performance.now() < busyUntilMs); // the event loop stands still, once
  const rooms: number[] = [];
  while (performance.now() < busyUntilMs + 200) {
    await pause(1);
    rooms.push(roomOf(guard));
  }
  expect(new Set(rooms)).toEqual(new Set([500]));
});

test('a place that is left twice is free once', () => {
  const limits = { maxInFlight: 2, maxLoopDelayMs: 9_999 };
  guard = createOverloadGuard({ limits, metrics: createMetrics({ role: 'edge' }) });
  const first = guard.take();
  guard.take();
  expect(guard.take()).toBeNull();
  first?.leave();
  first?.leave();
  expect(roomOf(guard)).toBe(1);
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLanes, type Lanes } from './lanes.ts';

type Taken = { endpointId: string; name: number };

let nowMs = 0;
let begun: { delivery: Taken; end: (hasArrived: boolean) => void }[] = [];
let given: Taken[] = [];
let lanes: Lanes<Taken>;
beforeEach(() => {
  [nowMs, begun, given] = [0, [], []];
  lanes = createLanes<Taken>({
    nowMs: () => nowMs,
    giveBack: (deliveries) => void given.push(...deliveries),
    attempt: (delivery) => new Promise((end) => begun.push({ delivery, end })),
  });
});

let name = 0;
const some = (count: number, endpointId = 'one'): Taken[] =>
  Array.from({ length: count }, () => ({ endpointId, name: (name += 1) }));
const end = async (hasArrived: boolean): Promise<void> => {
  begun.shift()?.end(hasArrived);
  await Promise.resolve();
};

it('begins two wide, and doubles with every arrival up to 32', async () => {
  lanes.add(some(200));
  expect(begun).toHaveLength(2);
  for (const width of [4, 8, 16, 32, 32]) {
    await end(true);
    expect(begun).toHaveLength(width);
  }
});

it('takes in the order in which they were added', async () => {
  const added = some(3);
  lanes.add(added);
  await end(true);
  expect(begun.map(({ delivery }) => delivery)).toEqual(added.slice(1));
});

it('after a failure one at a time, and what waits goes back', async () => {
  const added = some(10);
  lanes.add(added);
  await end(false);
  expect(given).toEqual(added.slice(2));
  expect([...lanes.room()]).toEqual([['one', 0]]);
  await end(false);
  expect(lanes.room().size).toBe(0);
  lanes.add(some(2));
  expect(begun).toHaveLength(2);
});

it('a failure is of one endpoint alone', async () => {
  lanes.add([...some(5), ...some(5, 'other')]);
  await end(false);
  expect(given.map(({ endpointId }) => endpointId)).toEqual(['one', 'one', 'one']);
});

describe('room', () => {
  it('is twice what arrived since the last look, beside what may be under way', async () => {
    lanes.add(some(40));
    for (let arrivals = 0; arrivals < 40; arrivals += 1) await end(true);
    expect(lanes.room().get('one')).toBe(32 + 2 * 40);
  });

  it('never ends in more than 256 that wait', async () => {
    lanes.add(some(1_000));
    for (let arrivals = 0; arrivals < 500; arrivals += 1) await end(true);
    expect(lanes.room().get('one')).toBe(0);
    for (let arrivals = 0; arrivals < 500; arrivals += 1) await end(true);
    expect(lanes.room().get('one')).toBe(256);
  });

  it('is forgotten of who has nothing under way', async () => {
    lanes.add(some(1));
    await end(true);
    expect(lanes.room().size).toBe(1);
    expect(lanes.room().size).toBe(0);
  });
});

it('what has waited for ten seconds goes back, long before its lease ends', async () => {
  const added = some(3);
  lanes.add(added);
  nowMs = 10_001;
  await end(true);
  expect(given).toEqual(added.slice(2));
});

it('closed, it gives all back that has not begun', () => {
  const added = some(5);
  lanes.add(added);
  lanes.close();
  expect(given).toEqual(added.slice(2));
});

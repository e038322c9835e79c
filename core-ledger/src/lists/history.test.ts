import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createListHistory, type ListChange } from './history.ts';

const change = (given: Partial<ListChange> & { version: number }): ListChange => ({
  ...{ list: 'trusted', value: 'a', action: 'put', expiresAtMs: null, atMs: given.version * 10 },
  ...given,
});

test('an entry is in force from its change until the millisecond it expires at', () => {
  const history = createListHistory([
    change({ version: 1, expiresAtMs: 100 }),
    change({ version: 2, value: 'b' }),
    change({ version: 3, value: 'b', action: 'remove' }),
  ]);
  const valuesAt = (ms: number) => [...(history.asOf(ms).get('trusted') ?? [])];
  expect([9, 10, 19, 20, 29, 30, 99, 100].map(valuesAt)).toEqual([
    [],
    ['a'],
    ['a'],
    ['a', 'b'],
    ['a', 'b'],
    ['a'],
    ['a'],
    [],
  ]);
  expect(history.version).toBe(3);
});

test('a version is what a process saw, however late it decided', () => {
  const history = createListHistory([
    change({ version: 1 }),
    change({ version: 2, action: 'remove' }),
  ]);
  expect(history.atVersion(1, 1e12).get('trusted')).toEqual(new Set(['a']));
  expect(history.atVersion(2, 1e12).has('trusted')).toBe(false);
  expect(history.atVersion(9, 1e12)).toEqual(history.atVersion(2, 1e12));
  expect(history.atVersion(0, 1e12).size).toBe(0);
});

test('while nothing changes and nothing expires the very same lists are given', () => {
  const history = createListHistory([change({ version: 1, expiresAtMs: 100 })]);
  expect(history.atVersion(1, 99)).toBe(history.atVersion(1, 11));
  expect(history.atVersion(1, 100)).not.toBe(history.atVersion(1, 99));
});

/** The meaning, said the slow way. */
function slowly(changes: readonly ListChange[], version: number, ms: number) {
  const lists = new Map<string, Set<string>>();
  const keys = new Set(changes.map(({ list, value }) => JSON.stringify([list, value])));
  for (const key of keys) {
    const [list, value] = JSON.parse(key) as [string, string];
    const last = changes
      .filter((each) => each.list === list && each.value === value && each.version <= version)
      .at(-1);
    if (last?.action !== 'put' || (last.expiresAtMs !== null && last.expiresAtMs <= ms)) continue;
    lists.set(list, (lists.get(list) ?? new Set()).add(value));
  }
  return lists;
}

test('any questions in any order are answered as the slow way does', () => {
  const seed = Number(process.env.PROPERTY_SEED ?? Date.now());
  const changes = fc.array(
    fc.record({
      list: fc.constantFrom('x', 'y'),
      value: fc.constantFrom('a', 'b', 'c'),
      action: fc.constantFrom('put' as const, 'remove' as const),
      expiresAtMs: fc.option(fc.integer({ min: 0, max: 60 })),
      stepMs: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 20 },
  );
  const questions = fc.array(
    fc.record({ version: fc.nat(22), ms: fc.nat(70), byTime: fc.boolean() }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(changes, questions, (given, asked) => {
      let atMs = 0;
      const log = given.map(({ stepMs, ...each }, index) => ({
        ...{ ...each, version: index + 1 },
        atMs: (atMs += stepMs),
      }));
      const history = createListHistory(log);
      for (const { version, ms, byTime } of asked) {
        const seen = byTime ? log.filter((each) => each.atMs <= ms).length : version;
        const answer = byTime ? history.asOf(ms) : history.atVersion(version, ms);
        expect(answer).toEqual(slowly(log, seen, ms));
      }
    }),
    { seed },
  );
});

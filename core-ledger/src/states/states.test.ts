import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { documentOf, isFinal, statusesOf, unreachableOf, withoutTimerOf } from './state-table.ts';
import type { StateTable } from './state-table.ts';
import { stateTables, statesDocument } from './states.ts';

test('states.md is what the tables say: run "npm run states -w core-ledger"', async () => {
  const written = await readFile(new URL('../../states.md', import.meta.url), 'utf8');
  expect(written).toBe(statesDocument());
});

describe.each(stateTables.map((table) => [table.noun, table] as const))('%s', (_noun, table) => {
  test('comes to every status, and a timer ends each that must not stay', () => {
    expect(unreachableOf(table)).toEqual([]);
    expect(withoutTimerOf(table)).toEqual([]);
  });

  test('names each change once for each actor', () => {
    const keys = table.rows.flatMap(({ from, to, action, by }) =>
      by.map((who) => `${from} ${to} ${action} ${who}`),
    );
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });
});

describe('what the checks find', () => {
  const row = (from: string, to: string, by: string[]) => ({
    ...{ from, to, by, action: 'do', event: null, posting: null, deadline: null },
  });
  const table: StateTable = {
    ...{ noun: 'thing', first: 'new', resting: ['kept'], shownAs: { done: 'finished' } },
    rows: [
      row('new', 'open', ['someone']),
      row('open', 'kept', ['timer']),
      row('kept', 'stuck', ['someone']),
      row('stuck', 'done', ['someone']),
      row('island', 'done', ['timer']),
    ],
  };

  test('an island, a status that nothing ends, and those that may stay', () => {
    expect(unreachableOf(table)).toEqual(['island']);
    expect(withoutTimerOf(table)).toEqual(['stuck']);
    expect(statusesOf(table).filter((status) => isFinal(table, status))).toEqual(['kept', 'done']);
  });

  test('the diagram has each change and each end; the list what clients see', () => {
    const text = documentOf(table);
    expect(text).toContain('  [*] --> new\n  new --> open: do (someone)\n');
    expect(text).toContain('  kept --> [*]\n  done --> [*]\n');
    expect(text).toContain('| stuck | done | do | someone |  |  |  | finished |');
  });
});

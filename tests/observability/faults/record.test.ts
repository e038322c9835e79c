import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { rules } from '@wallet/grafana';
import type { Seen } from './fault.ts';
import { pageFile, readRecord, renderPage, shortcomings } from './record.ts';
import { faults } from './table.ts';

const record = readRecord();

test('faults have names of their own, and alerts that exist', () => {
  const names = faults.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.includes(','))).toEqual([]);
  const alerts = new Set<string>(rules.alerts.map(({ name }) => name));
  expect(faults.filter(({ alert }) => !alerts.has(alert))).toEqual([]);
});

test('the page is what was seen (npm run faults -- alerts writes both)', () => {
  expect(readFileSync(pageFile, 'utf8')).toBe(renderPage(faults, record));
});

test('more than twenty faults were seen, each told in time and by nobody else', () => {
  expect(record.length).toBeGreaterThan(20);
  const told = record.map((seen) => {
    const fault = faults.find(({ name }) => name === seen.fault);
    return [seen.fault, fault === undefined ? ['is no fault'] : shortcomings(seen, fault)];
  });
  expect(told.filter(([, found]) => found?.length !== 0)).toEqual([]);
});

describe('what is found wanting', () => {
  const fault = { name: 'f', does: 'd', alert: 'EdgeErrors', inject: async () => async () => {} };
  const good: Seen = {
    ...{ fault: 'f', alert: 'EdgeErrors', severity: 'page', on: '2026-01-01' },
    ...{ firedSeconds: 30, toldSeconds: 40, resolvedSeconds: 5 },
    ...{ pages: [], hushed: ['EndToEndSlow'], tickets: [] },
  };
  test.each([
    [{}, 0],
    [{ toldSeconds: null }, 1],
    [{ toldSeconds: 121 }, 1],
    [{ resolvedSeconds: null }, 1],
    [{ pages: ['KafkaAway'] }, 1],
    [{ alert: 'EdgeShedding' }, 1],
  ] as const)('%j', (change, count) => {
    expect(shortcomings({ ...good, ...change }, fault)).toHaveLength(count);
  });
});

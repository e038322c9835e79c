import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { renderAlertmanager } from './alertmanager.ts';
import { inhibitions } from './causes.ts';
import { rules } from './rule-file.ts';

const file = fileURLToPath(new URL('../../../prometheus/alertmanager.yml', import.meta.url));

test('the committed configuration is what the list says (npm run dashboards writes it)', () => {
  expect(readFileSync(file, 'utf8')).toBe(renderAlertmanager(inhibitions));
});

test('causes and symptoms are alerts, and wrong money is never hushed', () => {
  const alerts = new Set<string>(rules.alerts.map(({ name }) => name));
  const named = inhibitions.flatMap(({ cause, symptoms }) => [cause, ...symptoms]);
  expect(named.filter((name) => !alerts.has(name))).toEqual([]);
  expect(inhibitions.flatMap(({ symptoms }) => symptoms)).not.toContain('LedgerWrong');
});

test('a cause pages: else it would hush a page with a ticket', () => {
  const pages = rules.alerts.filter(({ severity }) => severity === 'page').map(({ name }) => name);
  expect(inhibitions.map(({ cause }) => cause).filter((name) => !pages.includes(name))).toEqual([]);
});

import { expect, test } from '@jest/globals';
import { doctor } from './doctor.ts';
import { findFiring } from './firing.ts';

const url = process.env['PROMETHEUS_URL'] ?? '';

async function run(prometheusUrl: string): Promise<string> {
  const said: string[] = [];
  const print = (line: string): void => void said.push(line);
  await doctor([], { environment: { PROMETHEUS_URL: prometheusUrl }, print });
  return said.join('\n');
}

test('tells what fires in the wallet that runs, each with its runbook', async () => {
  const before = await findFiring(url);
  const told = await run(url);
  const after = await findFiring(url);
  expect(before).not.toBeNull();
  const steady = (before ?? []).filter(({ name }) => after?.some((alert) => alert.name === name));
  for (const { name, runbook } of steady) expect(told).toMatch(new RegExp(`${name}[^]*${runbook}`));
  if (before?.length === 0 && after?.length === 0) expect(told).toContain('no alert fires');
});

test('tells that nobody can know when Prometheus is away', async () => {
  expect(await run('http://127.0.0.1:1')).toContain('Prometheus does not answer');
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dashboards, executableQueries } from '@wallet/grafana';
import { createStatusServer, type StatusServer } from '@wallet/runtime';
import { startPrometheus } from './prometheus.ts';
import { queriesWithoutValue } from './query-check.ts';
import { createSampleProcesses, moveEverything } from './sample-load.ts';

// Real Prometheus, real status servers, the real metric table; only the work is made up. That the
// running product fills the same panels is the business of tests/flows/overview.test.ts.
const processes = createSampleProcesses();
const servers: StatusServer[] = [];
let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
let work: NodeJS.Timeout;

beforeAll(async () => {
  for (const metrics of processes) {
    const ready = async (): Promise<string[]> => [];
    servers.push(await createStatusServer({ port: 0, metrics, live: () => true, ready }));
  }
  prometheus = await startPrometheus(servers.map(({ port }) => port));
  work = setInterval(() => moveEverything(processes), 200);
}, 30_000);

afterAll(async () => {
  clearInterval(work);
  await prometheus?.close();
  await Promise.all(servers.map((server) => server.close()));
});

describe.each(Object.entries(dashboards))('dashboard %s', (_name, dashboard) => {
  test('every query of a panel, variable or annotation returns a finite value', async () => {
    const queries = executableQueries(dashboard, '4s');
    expect(queries.length).toBeGreaterThan(5);
    expect(await queriesWithoutValue(prometheus, queries, 40_000)).toEqual([]);
  });
});

test('a query of a label value that nothing writes is found', async () => {
  const wrong = [
    { where: 'value', expr: 'wallet_payments_pending{state="waiting"}' },
    { where: 'syntax', expr: 'sum(' },
    { where: 'NaN', expr: 'vector(0) / vector(0)' },
  ];
  const told = await queriesWithoutValue(prometheus, wrong, 0);
  expect(told.map((line) => line.split(' ')[0])).toEqual(['value', 'syntax', 'NaN']);
});

test('a scrape is small and fast enough', async () => {
  const [largest] = await prometheus.query('max(scrape_samples_scraped)');
  expect(largest?.value).toBeLessThan(10_000);
  for (const metrics of processes) {
    await metrics.expose(); // the first one warms the code
    const took: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const startMs = performance.now();
      await metrics.expose();
      took.push(performance.now() - startMs);
    }
    // The fastest says what it costs, whatever else the machine does.
    expect(Math.min(...took)).toBeLessThan(20);
  }
});

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { metricTable } from '@wallet/runtime';
import { rules } from './alerts/rule-file.ts';
import type { Dashboard } from './dashboard.ts';
import { dashboards } from './dashboards.ts';
import { renderDashboard } from './house.ts';
import { metricNamesIn, metricOfSeries } from './promql.ts';
import { executableQueries } from './queries.ts';

const here = new URL('.', import.meta.url);
const all: [string, Dashboard][] = Object.entries(dashboards);
const isMetric = (name: string): boolean => Object.hasOwn(metricTable, name);

/** Metrics whose dashboard is still to be drawn. One in a panel or alert must leave this list. */
const notDrawnYet: readonly string[] = [];

function metricsShown(): Set<string> {
  const queries = all.flatMap(([, dashboard]) => executableQueries(dashboard, '1m'));
  const { alerts, recordings } = rules;
  const series = [...queries, ...alerts, ...recordings].flatMap(({ expr }) => metricNamesIn(expr));
  const recorded = new Set(['up', ...recordings.map(({ record }) => record)]); // by Prometheus
  const ours = series.filter((name) => !recorded.has(name));
  return new Set(ours.map((name) => metricOfSeries(name, isMetric)));
}

describe.each(all)('dashboard %s', (name, dashboard) => {
  const panels = dashboard.rows.flatMap((row) => row.panels);

  test('the committed file is what the source says (npm run dashboards writes it)', () => {
    const committed = readFileSync(new URL(`../dashboards/${name}.json`, here), 'utf8');
    expect(committed).toBe(renderDashboard(dashboard));
  });

  test('a row has at most five panels, a graph at most five queries', () => {
    expect(dashboard.rows.filter((row) => row.panels.length > 5)).toEqual([]);
    expect(panels.filter((panel) => panel.queries.length > 5)).toEqual([]);
  });

  test('panels have titles of their own, a description, and a runbook that exists', () => {
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    expect(panels.filter(({ description }) => !/^[A-Z].*\.$/s.test(description))).toEqual([]);
    const missing = panels
      .map(({ runbook }) => runbook)
      .filter((page) => !existsSync(new URL(`../../runbooks/${page}.md`, here)));
    expect(missing).toEqual([]);
    const uids = new Set(all.map(([, { uid }]) => uid));
    const nowhere = panels.filter(({ deeper }) => deeper !== undefined && !uids.has(deeper));
    expect(nowhere).toEqual([]);
  });

  test('panels fill the grid without overlap and have ids of their own', () => {
    const drawn = JSON.parse(renderDashboard(dashboard)) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const cells = drawn.panels.flatMap(({ gridPos: { x, y, w } }) =>
      Array.from({ length: w }, (_, column) => `${x + column}:${y}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.length % 24).toBe(0);
    expect(new Set(drawn.panels.map(({ id }) => id)).size).toBe(drawn.panels.length);
  });
});

describe('metrics and dashboards agree', () => {
  test('no query names a metric that is not in the table', () => {
    expect([...metricsShown()].filter((name) => !isMetric(name))).toEqual([]);
  });

  test('every metric of the table is in a panel or an alert, or listed as not drawn yet', () => {
    const shown = metricsShown();
    const hidden = Object.keys(metricTable).filter((name) => !shown.has(name));
    expect(hidden.sort()).toEqual([...notDrawnYet].sort());
  });
});

describe('reading PromQL', () => {
  test.each([
    { expr: 'time() - min by (a) (x_seconds{b=~"c|d"})', names: ['x_seconds'] },
    { expr: 'sum(rate(a_total[5m])) or vector(0)', names: ['a_total'] },
    { expr: 'a * on (i) group_left (p) b{p="q"}', names: ['a', 'b'] },
  ])('$expr', ({ expr, names }) => expect(metricNamesIn(expr)).toEqual(names));

  test.each(['sum(', 'rate(a_total[5m]', 'a b'])('%s is refused', (expr) => {
    expect(() => metricNamesIn(expr)).toThrow('not PromQL');
  });

  test('series of a histogram belong to their metric', () => {
    expect(metricOfSeries('wallet_stage_batch_records_bucket', isMetric)).toBe(
      'wallet_stage_batch_records',
    );
    expect(metricOfSeries('wallet_unknown_bucket', isMetric)).toBe('wallet_unknown_bucket');
  });
});

test('every runbook has its five answers and is linked from a panel', () => {
  const folder = new URL('../../runbooks/', here);
  const linked = new Set(
    all.flatMap(([, d]) => d.rows.flatMap((r) => r.panels)).map((p) => p.runbook),
  );
  const pages = readdirSync(folder).filter(
    (page) => /^[A-Z]\w+\.md$/.test(page) && page !== 'README.md',
  );
  for (const page of pages) {
    const headings = readFileSync(new URL(page, folder), 'utf8').match(/^## .*/gm) ?? [];
    expect({ page, headings }).toEqual({
      page,
      headings: ['## Meaning', '## Impact', '## Look at', '## Do', '## Confirm'],
    });
    expect([page, linked.has(page.replace('.md', ''))]).toEqual([page, true]);
  }
});

import { describe, expect, test } from '@jest/globals';
import { createMetrics, metricTable, objectives, type MetricName } from './index.ts';
import type { MetricDefinition } from './metrics/definition.ts';
import { createRegistry } from './metrics/registry.ts';

const rows = Object.entries(metricTable) as [MetricName, MetricDefinition][];
const forbiddenLabels = /(^|_)(id|account|user|email|path|url|message|error)$/;

/** What is wrong with a row, in words; an empty list when it keeps the rules. */
function namingFaults(name: string, row: MetricDefinition): string[] {
  const rules: [string, boolean][] = [
    [
      'begins with wallet_, process_, nodejs_ or kafka_',
      /^(wallet|process|nodejs|kafka)_/.test(name),
    ],
    ['is lower snake case', /^[a-z0-9_]+$/.test(name)],
    [
      'ends in _total if and only if it counts',
      name.endsWith('_total') === (row.type === 'counter'),
    ],
    ['uses base units', !/_(ms|milliseconds|minutes|percent|kb|mb)(_|$)/.test(name)],
    ['ends in its unit', row.type !== 'histogram' || /_(seconds|records|bytes)$/.test(name)],
    ['gives times in seconds', !name.includes('timestamp') || name.endsWith('_timestamp_seconds')],
    ['is explained by a sentence', /^[A-Z].*\.$/.test(row.help)],
  ];
  // The id of an invariant is one of a closed list, not the id of an object.
  const checked = Object.entries(row.labels ?? {}).filter(
    ([label]) => !(name.startsWith('wallet_invariant') && label === 'id'),
  );
  for (const [label, values] of checked) {
    rules.push([`has a harmless label ${label}`, !forbiddenLabels.test(label)]);
    const size = 'most' in values ? values.most : values.length;
    rules.push([`bounds its label ${label}`, size <= 256]);
  }
  return rules.filter(([, kept]) => !kept).map(([rule]) => `${name} ${rule}: no`);
}

describe('the metric table', () => {
  test('every row keeps the naming rules', () => {
    expect(rows.flatMap(([name, row]) => namingFaults(name, row))).toEqual([]);
  });

  test('a row that breaks them is named', () => {
    const bad = { type: 'gauge', help: 'no', origin: 'every', labels: { user_id: ['a'] } } as const;
    expect(namingFaults('wallet_age_ms_total', bad)).toHaveLength(4);
  });

  test('buckets rise, and every threshold of an objective is one of their edges', () => {
    for (const [, row] of rows) {
      if (row.type !== 'histogram') continue;
      expect([...row.buckets]).toEqual([...row.buckets].sort((a, b) => a - b));
    }
    for (const objective of Object.values(objectives)) {
      if (typeof objective !== 'object' || !('metric' in objective)) continue;
      const row = metricTable[objective.metric];
      expect({ [objective.metric]: row.buckets }).toEqual({
        [objective.metric]: expect.arrayContaining([objective.thresholdSeconds]),
      });
    }
  });
});

describe('the registry', () => {
  test('counters of closed labels start at 0 for their role, gauges do not exist yet', async () => {
    const streams = createMetrics({ role: 'streams:fraud' });
    const fraud = { outcome: 'block', degraded: 'true' } as const;
    expect(await streams.read('wallet_fraud_decisions_total', fraud)).toBe(0);
    expect(await streams.read('wallet_payments_pending', { state: 'received' })).toBeUndefined();
    // One without labels too: what nobody has measured is not 0.
    expect(await streams.read('wallet_parked_intents')).toBeUndefined();
    expect(await streams.expose()).not.toMatch(/^wallet_parked_intents /m);
    const edge = createMetrics({ role: 'edge' });
    expect(await edge.read('wallet_fraud_decisions_total', fraud)).toBeUndefined();
    expect(await edge.read('wallet_intents_accepted_total', { kind: 'payment' })).toBe(0);
  });

  test('counts, sets, observes and exposes', async () => {
    const metrics = createMetrics({ role: 'streams' });
    metrics.inc('wallet_publisher_producer_rebuilds_total');
    metrics.inc('wallet_stage_retries_total', { stage: 'fraud' }, 3);
    metrics.set('wallet_parked_intents', {}, 7);
    metrics.observe('wallet_stage_processing_seconds', { stage: 'fraud' }, 0.02);
    expect(await metrics.read('wallet_stage_retries_total', { stage: 'fraud' })).toBe(3);
    expect(await metrics.read('wallet_stage_processing_seconds', { stage: 'fraud' })).toBe(1);
    const text = await metrics.expose();
    expect(text).toContain('wallet_publisher_producer_rebuilds_total 1\n');
    expect(text).toContain('wallet_parked_intents 7\n');
    expect(text).toContain('wallet_stage_processing_seconds_bucket{le="0.025",stage="fraud"} 1\n');
    expect(text).toMatch(/process_resident_memory_bytes \d{7,}\n/);
  });

  test('a bounded label past its bound is counted as other', async () => {
    const table = {
      wallet_probe_total: {
        type: 'counter',
        help: 'Probe.',
        origin: 'every',
        labels: { rule: { most: 2, valuesAre: 'names' } },
      },
    } as const;
    const registry = createRegistry(table, 'test');
    for (const rule of ['a', 'b', 'c', 'd', 'a']) registry.inc('wallet_probe_total', { rule });
    expect(await registry.read('wallet_probe_total', { rule: 'a' })).toBe(2);
    expect(await registry.read('wallet_probe_total', { rule: 'other' })).toBe(2);
    expect(await registry.read('wallet_probe_total', { rule: 'c' })).toBeUndefined();
  });

  test('an unknown metric or label throws: a typing mistake must not vanish', () => {
    const registry = createRegistry(metricTable, 'test');
    expect(() => registry.inc('wallet_unknown_total')).toThrow('not in the metric table');
    expect(() => registry.inc('wallet_stage_retries_total', { step: 'fraud' })).toThrow();
  });

  test('a process that has written nothing exposes fewer than 2,000 series', async () => {
    const lines = (await createMetrics({ role: 'test' }).expose()).split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#')).length).toBeLessThan(2000);
  });
});

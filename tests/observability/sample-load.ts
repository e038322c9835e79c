import { createMetrics, metricTable, type Metrics } from '@wallet/runtime';

// The table is walked row by row, so names and labels are plain text here.
type AnyMetrics = {
  inc(name: string, labels: Labels, by?: number): void;
  set(name: string, labels: Labels, value: number): void;
  observe(name: string, labels: Labels, value: number): void;
};
type Labels = Record<string, string>;
type Row = { type: string; origin: string; labels?: Record<string, unknown> };

/** Values of bounded labels that queries pick out. */
const picked: Record<string, readonly string[]> = {
  status: ['202', '503'],
  kind: ['customer', 'merchant_pending', 'in_transit', 'fees', 'external'],
};

/** The processes of the product, each with its own registry. */
export function createSampleProcesses(): Metrics[] {
  return ['edge', 'identity', 'streams', 'streams:monitor'].map((role) => createMetrics({ role }));
}

/** One moment of work: every series of every metric moves, as its own process would move it. */
export function moveEverything([edge, identity, streams, monitor]: readonly Metrics[]): void {
  for (const [name, row] of Object.entries(metricTable) as [string, Row][]) {
    const home = { edge, identity, monitor }[row.origin] ?? streams;
    if (name.startsWith('process_') || name === 'wallet_build_info') continue; // set by itself
    for (const labels of combinations(row)) write(home as unknown as AnyMetrics, name, row, labels);
  }
}

function write(metrics: AnyMetrics, name: string, row: Row, labels: Labels): void {
  if (row.type === 'counter') metrics.inc(name, labels);
  else if (row.type === 'histogram') metrics.observe(name, labels, 0.02);
  else if (name.endsWith('_timestamp_seconds')) metrics.set(name, labels, Date.now() / 1000 - 1);
  else metrics.set(name, labels, 1);
}

function combinations(row: Row): Labels[] {
  let all: Labels[] = [{}];
  for (const [name, values] of Object.entries(row.labels ?? {})) {
    const words = Array.isArray(values) ? (values as string[]) : (picked[name] ?? ['sample']);
    all = all.flatMap((labels) => words.map((value) => ({ ...labels, [name]: value })));
  }
  return all;
}

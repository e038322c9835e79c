import { createRegistry } from './metrics/registry.ts';
import { edgeMetrics } from './metrics/edge.ts';
import { identityMetrics } from './metrics/identity.ts';
import { kafkaMetrics } from './metrics/kafka.ts';
import { paymentMetrics } from './metrics/payments.ts';
import { pipelineMetrics } from './metrics/pipeline.ts';
import { processMetrics } from './metrics/process.ts';
import { sampleProcess } from './metrics/process-sampler.ts';

/**
 * Every metric of the product. To add one, write a row in the file of its area (metrics/*.ts):
 * counters end in `_total`, the unit stands last, labels are closed lists or bounded, never ids.
 */
export const metricTable = {
  ...paymentMetrics,
  ...pipelineMetrics,
  ...kafkaMetrics,
  ...edgeMetrics,
  ...identityMetrics,
  ...processMetrics,
};

type Table = typeof metricTable;
type NamesOf<T extends string> = {
  [N in keyof Table]: Table[N] extends { type: T } ? N : never;
}[keyof Table];
type TracedHistogram = {
  [N in keyof Table]: Table[N] extends { exemplars: true } ? N : never;
}[keyof Table];
type LabelValue<L> = L extends readonly (infer V)[] ? V : string;

export type MetricName = keyof Table;
/** The labels a metric must be written with, all of them. */
export type LabelsOf<N extends MetricName> = Table[N] extends { labels: infer L }
  ? { readonly [K in keyof L]: LabelValue<L[K]> }
  : Readonly<Record<string, never>>;
type Unlabelled = {
  [N in keyof Table]: Table[N] extends { labels: object } ? never : N;
}[MetricName];

export type Metrics = {
  /** Adds to a counter; 1 when `by` is left out. */
  inc<N extends NamesOf<'counter'>>(
    name: N,
    ...rest: N extends Unlabelled
      ? [labels?: LabelsOf<N>, by?: number]
      : [labels: LabelsOf<N>, by?: number]
  ): void;
  set<N extends NamesOf<'gauge'>>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Adds one observation to a histogram: seconds, or records for sizes. */
  observe<N extends NamesOf<'histogram'>>(name: N, labels: LabelsOf<N>, value: number): void;
  /** The same, and its trace becomes the bucket's exemplar if it is one that is recorded. */
  observe<N extends TracedHistogram>(
    name: N,
    labels: LabelsOf<N>,
    value: number,
    traceparent: string | null | undefined,
  ): void;
  /** Called before every scrape, to set gauges that are read rather than counted. */
  beforeExpose(collect: () => void): void;
  /** The text that Prometheus scrapes. */
  expose(): Promise<string>;
  readonly contentType: string;
  /** The present value (a histogram's count); undefined when the series does not exist. */
  read<N extends MetricName>(name: N, labels?: Partial<LabelsOf<N>>): Promise<number | undefined>;
};

/**
 * The one registry of a process.
 * @param options.role as in the process table: `edge`, `streams`, `streams:monitor`; its own
 * metrics start at 0. Any other role (a test) starts all of them.
 * @param options.exemplars expose OpenMetrics, whose latencies name traces: for a process that
 * records some
 */
export function createMetrics(options: {
  role: string;
  version?: string;
  exemplars?: boolean;
}): Metrics {
  const registry = createRegistry(metricTable, options.role, options.exemplars ?? false);
  // The registry checks names and labels at run time; this is where they get their types.
  const metrics = registry as unknown as Metrics;
  sampleProcess(metrics, { process: options.role, version: options.version ?? '0.1.0' });
  return metrics;
}

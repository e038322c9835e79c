import promClient from 'prom-client';
import { sampledTraceId } from '../traces/traceparent.ts';
import type { Label, MetricDefinition, Origin } from './definition.ts';

type LabelValues = Record<string, string>;
type Definitions = Readonly<Record<string, MetricDefinition>>;
type Instrument = promClient.Counter | promClient.Gauge | promClient.Histogram;

/** Only a mistake in the metric table could pass it; keeps a scrape below 10,000 series. */
const mostCombinations = 400;

/**
 * Turns the table into prom-client instruments. Untyped by name: `createMetrics` gives the types.
 * Writing costs one validation and one hash look-up, about 0.3 µs for a counter and 0.6 µs for a
 * histogram (prom-client's own children cost the same, so none are kept).
 */
export function createRegistry(table: Definitions, role: string, openMetrics = false) {
  const registry = new promClient.Registry<promClient.RegistryContentType>();
  // Only this form of the text has room for exemplars.
  if (openMetrics) registry.setContentType(promClient.Registry.OPENMETRICS_CONTENT_TYPE);
  const instruments = new Map<string, Instrument>();
  const guards = new Map<string, (labels: LabelValues) => LabelValues>();
  const collectors: (() => void)[] = [];
  for (const [name, definition] of Object.entries(table)) {
    const instrument = createInstrument(name, definition, registry, openMetrics);
    instruments.set(name, instrument);
    const guard = createGuard(definition);
    if (guard !== undefined) guards.set(name, guard);
    if (startsAtZero(definition, role)) zero(instrument, definition);
  }
  const instrumentOf = (name: string): Instrument => {
    const instrument = instruments.get(name);
    if (instrument === undefined) throw new TypeError(`${name} is not in the metric table`);
    return instrument;
  };
  const admit = (name: string, labels: LabelValues): LabelValues =>
    guards.get(name)?.(labels) ?? labels;

  return {
    inc: (name: string, labels: LabelValues = {}, by = 1) =>
      (instrumentOf(name) as promClient.Counter).inc(admit(name, labels), by),
    set: (name: string, labels: LabelValues, value: number) =>
      (instrumentOf(name) as promClient.Gauge).set(admit(name, labels), value),
    observe: (name: string, labels: LabelValues, value: number, traceparent?: string | null) => {
      const histogram = instrumentOf(name) as promClient.Histogram;
      const admitted = admit(name, labels);
      if (!openMetrics || !hasExemplars(table[name])) return histogram.observe(admitted, value);
      const traceId = sampledTraceId(traceparent);
      const exemplarLabels = traceId === undefined ? noTrace : { trace_id: traceId };
      return histogram.observe({ labels: admitted, value, exemplarLabels });
    },
    beforeExpose: (collect: () => void) => void collectors.push(collect),
    expose: () => {
      for (const collect of collectors) collect();
      return registry.metrics();
    },
    contentType: registry.contentType,
    read: async (name: string, labels: LabelValues = {}) => {
      const { values } = await instrumentOf(name).get();
      const counted = table[name]?.type === 'histogram' ? `${name}_count` : undefined;
      const wanted = values.filter(
        (value) =>
          (value as { metricName?: string }).metricName === counted &&
          Object.entries(labels).every(([key, text]) => value.labels[key] === text),
      );
      return wanted.length === 0 ? undefined : wanted.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function createInstrument(
  name: string,
  row: MetricDefinition,
  registry: promClient.Registry<promClient.RegistryContentType>,
  openMetrics: boolean,
) {
  const labelNames = Object.keys(row.labels ?? {});
  const settings = { name, help: row.help, labelNames, registers: [registry] };
  switch (row.type) {
    case 'counter':
      return new promClient.Counter(settings);
    case 'gauge':
      return withoutValue(new promClient.Gauge(settings));
    case 'histogram':
      return new promClient.Histogram({
        ...settings,
        buckets: [...row.buckets],
        enableExemplars: openMetrics && hasExemplars(row),
      });
  }
}

/** Without labels prom-client would tell 0 from the first scrape on, in every process. */
function withoutValue(gauge: promClient.Gauge): promClient.Gauge {
  gauge.remove({});
  return gauge;
}

const noTrace = {};

function hasExemplars(row: MetricDefinition | undefined): boolean {
  return row?.type === 'histogram' && row.exemplars === true;
}

/** A bounded label past its bound becomes `other`, so that no input can grow the registry. */
function createGuard(row: MetricDefinition) {
  const bounds = Object.entries(row.labels ?? {}).filter((entry) => !isClosed(entry[1]));
  if (bounds.length === 0) return undefined;
  const seen = bounds.map(([label, bound]) => ({
    label,
    most: (bound as { most: number }).most,
    values: new Set<string>(),
  }));
  return (labels: LabelValues): LabelValues => {
    let admitted = labels;
    for (const { label, most, values } of seen) {
      const value = labels[label] ?? '';
      if (values.has(value)) continue;
      if (values.size < most) values.add(value);
      else admitted = { ...admitted, [label]: 'other' };
    }
    return admitted;
  };
}

function isClosed(label: Label): label is readonly string[] {
  return Array.isArray(label);
}

/** Gauges never start at 0: a value nobody has measured would be a lie. */
function startsAtZero(row: MetricDefinition, role: string): boolean {
  return row.type !== 'gauge' && (row.origin === 'every' || originsOf(role).includes(row.origin));
}

function originsOf(role: string): readonly Origin[] {
  if (role.startsWith('edge')) return ['edge'];
  if (role === 'identity') return ['identity'];
  if (role === 'streams:monitor') return ['monitor'];
  if (role.startsWith('streams:backtests')) return [];
  if (role.startsWith('streams')) return ['streams'];
  return ['edge', 'identity', 'streams', 'monitor'];
}

function zero(instrument: Instrument, row: MetricDefinition): void {
  const labels = Object.entries(row.labels ?? {});
  if (labels.length === 0 || !labels.every(([, label]) => isClosed(label))) return;
  let combinations: LabelValues[] = [{}];
  for (const [name, values] of labels) {
    combinations = combinations.flatMap((combination) =>
      (values as readonly string[]).map((value) => ({ ...combination, [name]: value })),
    );
  }
  if (combinations.length > mostCombinations) {
    throw new RangeError(`${row.help} has ${combinations.length} label combinations`);
  }
  for (const combination of combinations) {
    if (instrument instanceof promClient.Histogram) instrument.zero(combination);
    else if (instrument instanceof promClient.Counter) instrument.inc(combination, 0);
  }
}

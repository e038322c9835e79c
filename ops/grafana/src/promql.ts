import { parser } from '@prometheus-io/lezer-promql';

/**
 * Names of the metrics a PromQL expression reads.
 * @throws Error when the expression is not PromQL
 */
export function metricNamesIn(expr: string): string[] {
  const names = new Set<string>();
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`not PromQL near column ${node.from}: ${expr}`);
      if (node.name !== 'VectorSelector') return;
      const name = node.node.firstChild;
      if (name?.name === 'Identifier') names.add(expr.slice(name.from, name.to));
    },
  });
  return [...names];
}

/** The metric of the table behind a series name: a histogram's series carry a suffix. */
export function metricOfSeries(series: string, isMetric: (name: string) => boolean): string {
  if (isMetric(series)) return series;
  const family = series.replace(/_(bucket|sum|count)$/, '');
  return isMetric(family) ? family : series;
}

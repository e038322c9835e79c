import type { Panel } from '@wallet/grafana';

/** One line of a panel: times in milliseconds, values in the panel's unit. */
export type Line = {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
};

const standIn = 'none';

export type Range = {
  readonly prometheusUrl: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly stepSeconds: number;
  /** What Grafana's `$__rate_interval` becomes, at least four scrapes. */
  readonly rateWindow: string;
};

type Answer = {
  error?: string;
  data?: { result: { metric: Record<string, string>; values: [number, string][] }[] };
};

/**
 * What a panel shows over a range, every query of it, as Grafana would ask.
 * @param variables names of the dashboard's variables: each stands on "all"
 * @throws Error with Prometheus' own words
 */
export async function readLines(
  panel: Panel,
  range: Range,
  variables: readonly string[],
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const { expr, legend } of panel.queries) {
    for (const { metric, values } of await ask(fill(expr, range, variables), range)) {
      const points = values.map(([at, value]) => [at * 1_000, Number(value)] as const);
      lines.push({ name: nameOf(legend, metric), points });
    }
  }
  // What stands in for a series that is not there yet is not wanted beside those that are.
  const named = lines.filter(({ name }) => name !== standIn);
  return named.length > 0 ? named : lines;
}

function fill(expr: string, { rateWindow }: Range, variables: readonly string[]): string {
  const text = expr.replaceAll('$__rate_interval', rateWindow);
  return variables.reduce((filled, name) => filled.replaceAll(`$${name}`, '.*'), text);
}

async function ask(query: string, { prometheusUrl, fromMs, untilMs, stepSeconds }: Range) {
  const body = new URLSearchParams({
    query,
    start: String(fromMs / 1_000),
    end: String(untilMs / 1_000),
    step: String(stepSeconds),
  });
  const response = await fetch(`${prometheusUrl}/api/v1/query_range`, { method: 'POST', body });
  const { data, error } = (await response.json()) as Answer;
  if (data === undefined) throw new Error(`${error}: ${query}`);
  return data.result;
}

/** `{{label}}` takes a label's value, as in Grafana. */
function nameOf(legend: string, labels: Record<string, string>): string {
  const name = legend
    .replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '')
    .trim();
  return name === '' ? standIn : name;
}

import type { Dashboard } from './dashboard.ts';
import { variableQuery } from './house.ts';

export type NamedQuery = { where: string; expr: string };

/**
 * Every query of a dashboard as Prometheus would get it: Grafana's own variables replaced, each
 * variable of the dashboard standing on "all".
 * @param rateWindow what `$__rate_interval` becomes, at least four scrape intervals
 */
export function executableQueries(dashboard: Dashboard, rateWindow: string): NamedQuery[] {
  const filled = (expr: string): string => {
    let text = expr.replaceAll('$__rate_interval', rateWindow);
    for (const { name } of dashboard.variables) text = text.replaceAll(`$${name}`, '.*');
    return text;
  };
  const panels = dashboard.rows.flatMap((row) => row.panels);
  return [
    ...panels.flatMap(({ title, queries }) =>
      queries.map(({ expr, legend }) => ({
        where: `panel "${title}", "${legend}"`,
        expr: filled(expr),
      })),
    ),
    ...dashboard.variables.map((variable) => ({
      where: `variable ${variable.name}`,
      expr: variableQuery(variable),
    })),
    ...dashboard.annotations.map(({ name, expr }) => ({
      where: `annotation ${name}`,
      expr: filled(expr),
    })),
  ];
}

export type { Annotation, Dashboard, Panel, Query, Row, Unit, Variable } from './dashboard.ts';
export { renderDashboard, variableQuery } from './house.ts';
export { metricNamesIn, metricOfSeries } from './promql.ts';
export { executableQueries, type NamedQuery } from './queries.ts';
export { dashboards } from './dashboards.ts';

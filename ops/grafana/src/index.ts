export type { Annotation, Dashboard, Panel, Query, Row, Unit, Variable } from './dashboard.ts';
export { executableQueries, type NamedQuery } from './queries.ts';
export { dashboards } from './dashboards.ts';
export { slos } from './alerts/slos.ts';
export { rules } from './alerts/rule-file.ts';

import type { Dashboard } from './dashboard.ts';
import { overview } from './overview/overview.ts';

/** Every dashboard, by the name of its file in ops/grafana/dashboards. */
export const dashboards = { overview } satisfies Record<string, Dashboard>;

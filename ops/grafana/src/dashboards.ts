import type { Dashboard } from './dashboard.ts';
import { cases } from './cases/cases.ts';
import { edge } from './edge/edge.ts';
import { fraud } from './fraud/fraud.ts';
import { identity } from './identity/identity.ts';
import { ledger } from './ledger/ledger.ts';
import { overview } from './overview/overview.ts';
import { pipeline } from './pipeline/pipeline.ts';
import { runtime } from './runtime/runtime.ts';

/** Every dashboard, by the name of its file in ops/grafana/dashboards. */
export const dashboards = {
  overview,
  pipeline,
  ledger,
  cases,
  edge,
  fraud,
  identity,
  runtime,
} satisfies Record<string, Dashboard>;

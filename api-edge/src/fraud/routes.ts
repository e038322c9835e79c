import { backtestRoutes } from '../backtests/routes.ts';
import type { Route } from '../http/route.ts';
import { caseActionRoutes, type CaseActionDependencies } from './case-action-routes.ts';
import { caseRoutes, type CaseDependencies } from './case-routes.ts';
import { decisionRoutes, type DecisionDependencies } from './decision-routes.ts';
import { detectionRoutes, type DetectionDependencies } from './detection-routes.ts';
import { listRoutes } from './list-routes.ts';
import { ruleSetLifeRoutes, type RuleSetLifeDependencies } from './ruleset-life-routes.ts';
import { ruleSetRoutes } from './ruleset-routes.ts';

export type FraudDependencies = CaseDependencies &
  CaseActionDependencies &
  DecisionDependencies &
  DetectionDependencies &
  RuleSetLifeDependencies;

/** The analyst's side: rule sets, lists, cases, decisions, and trying a payment. */
export function fraudRoutes(route: Route, dependencies: FraudDependencies): void {
  detectionRoutes(route, dependencies);
  caseRoutes(route, dependencies);
  caseActionRoutes(route, dependencies);
  decisionRoutes(route, dependencies);
  ruleSetRoutes(route, dependencies);
  ruleSetLifeRoutes(route, dependencies);
  listRoutes(route, dependencies);
  backtestRoutes(route, dependencies);
}

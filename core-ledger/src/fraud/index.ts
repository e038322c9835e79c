export {
  attributes,
  catalogueVersion,
  entities,
  features,
  featuresPerEntity,
  windows,
} from './attributes.ts';
export type { Attribute, EntityName, Feature, Window } from './attributes.ts';
export { readDefaultRules } from './default-rules.ts';
export { actions, missingPolicies, outcomes } from './facts.ts';
export type {
  Action,
  Facts,
  Finding,
  Lists,
  LoadResult,
  MissingPolicy,
  Outcome,
  Rule,
  RuleProblem,
  RuleSet,
  ScreenedPayment,
  Settings,
  Verdict,
} from './facts.ts';
export { loadLists, putListEntries } from './lists.ts';
export type { ListEntry } from './lists.ts';
export { engineVersion, loadRuleSet } from './ruleset.ts';

export { attributes } from './attributes.ts';
export {
  catalogueVersion,
  distinctSets,
  distinctWindows,
  entities,
  featureIndex,
  features,
  outcomeKinds,
  outcomeSeries,
  windows,
} from './catalogue.ts';
export type { EntityName, OutcomeKind, Parties } from './catalogue.ts';
export { readDefaultRules, readFirstRules } from './default-rules.ts';
export type { Facts, Lists, RuleSet, ScreenedPayment } from './facts.ts';
export { engineVersion, loadRuleSet } from './ruleset.ts';

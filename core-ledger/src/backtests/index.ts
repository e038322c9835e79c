export { backtestStatuses } from './backtest.ts';
export type {
  Backtest,
  BacktestReport,
  BacktestSet,
  Difference,
  Label,
  Measure,
  Rollout,
  RuleReport,
  SetReport,
} from './backtest.ts';
export { readLabels } from './labels.ts';
export {
  cancelBacktest,
  createBacktest,
  findBacktest,
  listBacktests,
  listDifferences,
} from './store.ts';
export type { ListedDifference } from './store.ts';
export { addToTally, createTally, reportOf } from './tally.ts';
export type { Tally } from './tally.ts';
export {
  claimBacktest,
  createClaimedBacktest,
  finishBacktest,
  mostDifferences,
  releaseBacktest,
  saveCheckpoint,
} from './work.ts';
export type { ClaimedBacktest } from './work.ts';

/** A backtest beside a set that is in force for a part of the payments, and the one before it. */
export const backtestRollouts = {
  name: '0030-backtest-rollouts',
  up: `
-- The champion decides so many percent of the payments, the rest the others.
alter table backtest add column rest_id uuid, add column rest_hash text,
  add column rest_rules text,
  add column champion_percent int not null default 100,
  add constraint backtest_rollout check (champion_percent between 1 and 100
    and (champion_percent < 100) = (rest_rules is not null)
    and (rest_hash is null) = (rest_rules is null));
`,
};

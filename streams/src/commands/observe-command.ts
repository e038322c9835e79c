import type { LabelsOf } from '@wallet/runtime';
import type { PostingPlan } from '../posting/posting.ts';

type Outcome = LabelsOf<'wallet_commands_total'>['outcome'];

/** Counts and times what is no payment's first state, by what was asked for. */
export const observeCommand: PostingPlan['observe'] = (
  metrics,
  { kind, outcome, traceparent },
  seconds,
) => {
  metrics.observe('wallet_command_duration_seconds', { kind }, seconds, traceparent);
  metrics.inc('wallet_commands_total', { kind, outcome: outcome as Outcome });
};

import type { Clock, LabelsOf, Log, Metrics } from '@wallet/runtime';
import type { Gathering, TracedSettled } from './gathering.ts';

/** A stage that posts, by the name of its consumer group. */
export type PostingStage = Extract<
  LabelsOf<'wallet_stage_records_total'>['stage'],
  'settlement' | 'commands' | 'tickets'
>;

/** Counts what a committed transaction did. */
export function createMeter(deps: {
  plan: {
    stage: PostingStage;
    observe(metrics: Metrics, settled: TracedSettled, seconds: number): void;
  };
  metrics: Metrics;
  clock: Clock;
  log: Log;
}) {
  const { plan, metrics, clock, log } = deps;
  const { stage } = plan;
  const count = (outcome: LabelsOf<'wallet_stage_records_total'>['outcome'], by: number): void => {
    if (by > 0) metrics.inc('wallet_stage_records_total', { stage, outcome }, by);
  };
  return {
    observe(gathering: Gathering, duplicates: number): void {
      const { settled, parked, deadLetters } = gathering;
      count('done', settled.length);
      count('duplicate', duplicates);
      count('parked', parked.length);
      count('dead_letter', deadLetters.length);
      const nowMs = clock.nowMs();
      for (const one of settled) {
        const { kind, code, acceptedAtMs } = one;
        plan.observe(metrics, one, Math.max(0, nowMs - acceptedAtMs) / 1_000);
        if (code !== null) metrics.inc('wallet_refusals_total', { kind, code });
      }
      for (const letter of deadLetters) {
        metrics.inc('wallet_dead_letters_total', letter);
        log.error(letter, 'dead letter');
      }
    },
  };
}

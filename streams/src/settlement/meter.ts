import type { Clock, LabelsOf, Log, Metrics } from '@wallet/runtime';
import type { Gathering, Settled } from './gathering.ts';

type Outcome = LabelsOf<'wallet_payment_end_to_end_duration_seconds'>['outcome'];

/** Counts what a committed transaction did. */
export function createMeter(deps: { metrics: Metrics; clock: Clock; log: Log }) {
  const { metrics, clock, log } = deps;
  const count = (outcome: LabelsOf<'wallet_stage_records_total'>['outcome'], by: number): void => {
    if (by > 0) metrics.inc('wallet_stage_records_total', { stage: 'settlement', outcome }, by);
  };
  return {
    observe(gathering: Gathering, duplicates: number): void {
      const { settled, parked, deadLetters } = gathering;
      count('done', settled.length);
      count('duplicate', duplicates);
      count('parked', parked.length);
      count('dead_letter', deadLetters.length);
      const nowMs = clock.nowMs();
      for (const { kind, outcome, code, acceptedAtMs } of settled) {
        const seconds = Math.max(0, nowMs - acceptedAtMs) / 1_000;
        const labels = { kind, outcome: outcomeLabel(outcome) };
        metrics.observe('wallet_payment_end_to_end_duration_seconds', labels, seconds);
        if (code !== null) metrics.inc('wallet_refusals_total', { kind, code });
      }
      for (const letter of deadLetters) {
        metrics.inc('wallet_dead_letters_total', letter);
        log.error(letter, 'dead letter');
      }
    },
  };
}

/** Settlement makes no payment expired or canceled: timers and parties do. */
function outcomeLabel(outcome: Settled['outcome']): Outcome {
  return outcome === 'expired' || outcome === 'canceled' ? 'failed' : outcome;
}

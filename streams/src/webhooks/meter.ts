import type { ClaimedDelivery, GivenUp, TryResult } from '@wallet/core-ledger';
import type { LabelsOf, Metrics } from '@wallet/runtime';

export type Meter = {
  ended(delivery: ClaimedDelivery, result: TryResult, tookMs: number, nowMs: number): void;
  gaveUp(givenUp: readonly GivenUp[]): void;
};

/** What a try counts as. */
function wordOf(result: TryResult): LabelsOf<'wallet_webhook_tries_total'>['result'] {
  const { status } = result;
  if (status === null) {
    if (result.error === 'timeout' || result.error === 'not_allowed') return result.error;
    return 'unreachable';
  }
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 410) return 'gone';
  return status >= 300 && status < 400 ? 'redirected' : 'refused';
}

export function createMeter(metrics: Metrics): Meter {
  return {
    ended(delivery, result, tookMs, nowMs) {
      const word = wordOf(result);
      metrics.inc('wallet_webhook_tries_total', { result: word });
      metrics.observe('wallet_webhook_try_duration_seconds', {}, tookMs / 1_000);
      if (word !== 'delivered') return;
      metrics.inc('wallet_notifications_total', { channel: 'webhook', result: 'delivered' });
      // Later tries say how long an endpoint was away, not how fast we are.
      if (delivery.attempts > 1) return;
      const delayMs = Math.max(0, nowMs - delivery.occurredAtMs);
      metrics.observe('wallet_webhook_delay_seconds', {}, delayMs / 1_000);
    },
    gaveUp(givenUp) {
      if (givenUp.length > 0) metrics.inc('wallet_webhook_given_up_total', {}, givenUp.length);
    },
  };
}

import type { ClaimedMail } from '@wallet/core-ledger';
import type { Metrics } from '@wallet/runtime';

export type EmailMeter = {
  ended(mail: ClaimedMail, outcome: 'sent' | 'retry' | 'failed', nowMs: number): void;
};

export function createEmailMeter(metrics: Metrics): EmailMeter {
  return {
    ended({ emails, isDigest }, outcome, nowMs) {
      metrics.inc('wallet_email_tries_total', { result: outcome });
      if (outcome !== 'sent') return;
      const channel = 'email';
      metrics.inc('wallet_notifications_total', { channel, result: 'delivered' }, emails.length);
      const [first] = emails;
      // What was held back, or refused before, says nothing of how fast we are.
      if (isDigest || first.attempts > 1) return;
      const delayMs = Math.max(0, nowMs - first.occurredAtMs);
      metrics.observe('wallet_email_delay_seconds', {}, delayMs / 1_000);
    },
  };
}

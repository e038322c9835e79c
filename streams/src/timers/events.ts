import type { CaseFacts, OutboxRecord, TimedChange } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec } from '@wallet/schemas';
import { caseEventOf } from '../posting/case-event.ts';
import { paymentEventOf } from '../posting/payment-event.ts';

/**
 * What a timer made of a payment, and of the case that ended with it. No request brought it about:
 * there is nothing to carry on.
 */
export function timedEventsOf(
  codec: Codec,
  { payment, status, version, event }: TimedChange,
  review: CaseFacts | undefined,
  occurredAtMs: number,
): { topic: string; record: OutboxRecord }[] {
  const changed = { ...payment, status, version };
  const record = paymentEventOf(codec, changed, { type: event, occurredAtMs, headers: {} });
  const told = { topic: topics.paymentEvents.name, record };
  if (review === undefined) return [told];
  return [told, caseEventOf(codec, review, { status: 'expired', occurredAtMs, headers: {} })];
}

import { caseIdOf, caseLabels, caseVersions, deriveId } from '@wallet/core-ledger';
import type { CaseFacts, CaseStatus, OutboxRecord } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Codec, PaymentIntent } from '@wallet/schemas';

/** The case of a payment that goes to review. */
export function caseOf(intent: PaymentIntent): CaseFacts {
  const { device_id, ip, card_fingerprint, country } = intent.context;
  return {
    ...{ id: caseIdOf(intent.accepted_at, intent.intent_id), paymentId: intent.intent_id },
    ...{ payerId: intent.payer_id, payeeId: intent.payee_id },
    ...{ payerWalletId: intent.payer_wallet_id, payeeWalletId: intent.payee_wallet_id },
    ...{ amountMinor: intent.amount_minor, currency: intent.currency },
    ...{ acceptedAtMs: intent.accepted_at, context: { device_id, ip, card_fingerprint, country } },
  };
}

/** What became of a case, with what is known of its payment now. Key: the case's id. */
export function caseEventOf(
  codec: Codec,
  facts: CaseFacts,
  told: { status: CaseStatus; occurredAtMs: number; headers: Record<string, string> },
): { topic: string; record: OutboxRecord } {
  const { status, occurredAtMs, headers } = told;
  const type = `fraud.case_${status === 'open' ? 'opened' : status}`;
  const version = status === 'open' ? caseVersions.opened : caseVersions.closed;
  const eventId = deriveId(facts.acceptedAtMs, facts.id, type, version);
  const payload = codec.encode(topics.fraudEvents, {
    ...{ event_id: eventId, type, label: caseLabels[status] },
    ...{ case_id: facts.id, case_version: version, payment_id: facts.paymentId },
    ...{ payer_wallet_id: facts.payerWalletId, payee_wallet_id: facts.payeeWalletId },
    ...{ payer_id: facts.payerId, payee_id: facts.payeeId },
    ...{ amount_minor: facts.amountMinor, currency: facts.currency, ...facts.context },
    ...{ accepted_at: facts.acceptedAtMs, occurred_at: occurredAtMs },
  });
  const record = { eventId, partition: null, key: facts.id, payload, headers };
  return { topic: topics.fraudEvents.name, record };
}

import type { Dispute, DisputeSide, DisputeStage, DisputeStatus } from './dispute.ts';
import type { DisputeReason } from './policy.ts';

/** The columns of `dispute` in the order in which `disputeOf` reads them. */
export const disputeColumns = `d.id, d.payment_id, d.payer_wallet_id, d.payee_wallet_id, d.payer_id,
  d.payee_id, d.currency, d.amount_minor, d.reason, d.description, d.stage, d.status,
  d.failure_code, d.version, d.reserved_minor, d.credited_minor, d.awarded_minor, d.fee_minor,
  ${milliseconds('due_at')}, ${milliseconds('appeal_until')}, ${milliseconds('decided_at')},
  ${milliseconds('accepted_at')}, d.appealed_by, d.decided_by, d.proposed_by,
  d.proposed_awarded_minor, d.payer_evidence, d.payee_evidence`;

/** Statuses in which a dispute is open; the same list stands in the index of open disputes. */
export const openStatuses = `('opened', 'answered', 'needs_response', 'under_review',
  'under_appeal')`;

export function disputeOf(row: readonly (string | null)[]): Dispute {
  const [id, paymentId, payerWalletId, payeeWalletId, payerId, payeeId, currency, ...rest] = row;
  const [amountMinor, reason, description, stage, status, failureCode = null, ...state] = rest;
  const [version, reserved, credited, awarded, fee, dueAt, appealUntil, decidedAt, ...end] = state;
  const [openedAt, appealedBy, decidedBy = null, proposedBy, proposed, payer, payee] = end;
  return {
    ...{ id: id ?? '', paymentId: paymentId ?? '', currency: currency ?? '' },
    ...{ payerWalletId: payerWalletId ?? '', payeeWalletId: payeeWalletId ?? '' },
    ...{ payerId: payerId ?? '', payeeId: payeeId ?? '', amountMinor: amountOf(amountMinor) },
    ...{ reason: reason as DisputeReason, description: description ?? '', failureCode },
    ...{ stage: stage as DisputeStage, status: status as DisputeStatus, version: Number(version) },
    position: {
      ...{ reserved: amountOf(reserved), credited: amountOf(credited) },
      ...{ awarded: amountOf(awarded), fee: amountOf(fee) },
    },
    ...{ dueAtMs: timeOf(dueAt), appealUntilMs: timeOf(appealUntil) },
    ...{ decidedAtMs: timeOf(decidedAt), openedAtMs: Number(openedAt) },
    appealedBy: (appealedBy ?? null) as DisputeSide | null,
    decidedBy,
    proposal: proposedBy ? { by: proposedBy, awardedMinor: amountOf(proposed) } : null,
    evidence: { payer: Number(payer), payee: Number(payee) },
  };
}

function milliseconds(column: string): string {
  return `floor(extract(epoch from d.${column}) * 1000)::int8`;
}

function amountOf(text: string | null | undefined): bigint {
  return BigInt(text ?? '0');
}

function timeOf(text: string | null | undefined): number | null {
  return typeof text === 'string' ? Number(text) : null;
}

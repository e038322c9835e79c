import { createBatchStatement } from '../database/statements.ts';
import type { Dispute } from './dispute.ts';

/** What changes after the first row. */
const changing = [
  ...['reserved_minor', 'credited_minor', 'awarded_minor', 'fee_minor', 'due_at', 'appeal_until'],
  ...['decided_at', 'version', 'payer_evidence', 'payee_evidence', 'stage', 'status'],
  ...['appealed_by', 'decided_by', 'proposed_by', 'proposed_awarded_minor'],
];

const columns = `id, payment_id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
  asked_minor, reserved_minor, credited_minor, awarded_minor, fee_minor, accepted_at, due_at,
  appeal_until, decided_at, version, payer_evidence, payee_evidence, stage, status, reason,
  description, currency, failure_code, appealed_by, decided_by, proposed_by,
  proposed_awarded_minor`;

/** New rows and changed ones by one statement, in the order in which they are added. */
export function createDisputeWriting() {
  return createBatchStatement({
    name: 'write_disputes',
    text: `insert into dispute as d (${columns}) select * from $rows
      on conflict (id) do update set updated_at = statement_timestamp(),
        ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    columns: {
      ...{ id: 'uuid', payment_id: 'uuid', payer_wallet_id: 'uuid', payee_wallet_id: 'uuid' },
      ...{ payer_id: 'uuid', payee_id: 'uuid', amount_minor: 'int8', asked_minor: 'int8' },
      ...{ reserved_minor: 'int8', credited_minor: 'int8', awarded_minor: 'int8' },
      ...{ fee_minor: 'int8', accepted_at: 'timestamptz', due_at: 'timestamptz' },
      ...{ appeal_until: 'timestamptz', decided_at: 'timestamptz', version: 'int4' },
      ...{ payer_evidence: 'int4', payee_evidence: 'int4', stage: 'text', status: 'text' },
      ...{ reason: 'text', description: 'text', currency: 'text', failure_code: 'text' },
      ...{ appealed_by: 'text', decided_by: 'uuid', proposed_by: 'uuid' },
      ...{ proposed_awarded_minor: 'int8' },
    },
  });
}

type Writing = ReturnType<typeof createDisputeWriting>;

/** `askedMinor` is what a new one asked for; 0 is all. */
export function addDispute({ columns }: Writing, dispute: Dispute, askedMinor: bigint): void {
  const { position, proposal, evidence } = dispute;
  columns.id.add(dispute.id);
  columns.payment_id.add(dispute.paymentId);
  columns.payer_wallet_id.add(dispute.payerWalletId);
  columns.payee_wallet_id.add(dispute.payeeWalletId);
  columns.payer_id.add(dispute.payerId);
  columns.payee_id.add(dispute.payeeId);
  columns.amount_minor.add(dispute.amountMinor);
  columns.asked_minor.add(askedMinor);
  columns.reserved_minor.add(position.reserved);
  columns.credited_minor.add(position.credited);
  columns.awarded_minor.add(position.awarded);
  columns.fee_minor.add(position.fee);
  columns.accepted_at.add(dispute.openedAtMs);
  columns.due_at.add(dispute.dueAtMs);
  columns.appeal_until.add(dispute.appealUntilMs);
  columns.decided_at.add(dispute.decidedAtMs);
  columns.version.add(dispute.version);
  columns.payer_evidence.add(evidence.payer);
  columns.payee_evidence.add(evidence.payee);
  columns.stage.add(dispute.stage);
  columns.status.add(dispute.status);
  columns.reason.add(dispute.reason);
  columns.description.add(dispute.description);
  columns.currency.add(dispute.currency);
  columns.failure_code.add(dispute.failureCode);
  columns.appealed_by.add(dispute.appealedBy);
  columns.decided_by.add(dispute.decidedBy);
  columns.proposed_by.add(proposal?.by ?? null);
  columns.proposed_awarded_minor.add(proposal?.awardedMinor ?? null);
}

import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import { deriveId } from '../ledger/ids.ts';
import { reviewSeconds } from '../payments/decide.ts';
import type { CaseFacts } from './case.ts';

/** Gathers cases that open with their payments, for one statement a batch. */
export type CaseWriter = {
  reset(): void;
  add(facts: CaseFacts, score: number): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

/** The one case that a payment may have. */
export function caseIdOf(acceptedAtMs: number, paymentId: string): string {
  return deriveId(acceptedAtMs, paymentId, 'case');
}

export function createCaseWriter(): CaseWriter {
  const cases = createBatchStatement({
    name: 'insert_fraud_case',
    text: `insert into fraud_case (id, payment_id, payer_id, payee_id, payer_wallet_id,
        payee_wallet_id, amount_minor, currency, accepted_at, score, device_id, ip,
        card_fingerprint, country, due_at)
      select r.*, statement_timestamp() + interval '${reviewSeconds} seconds' from $rows as r`,
    columns: {
      ...{ id: 'uuid', payment_id: 'uuid', payer_id: 'uuid', payee_id: 'uuid' },
      ...{ payer_wallet_id: 'uuid', payee_wallet_id: 'uuid', amount_minor: 'int8' },
      ...{ currency: 'text', accepted_at: 'timestamptz', score: 'int4', device_id: 'text' },
      ...{ ip: 'text', card_fingerprint: 'text', country: 'text' },
    },
  });
  const { columns } = cases;
  return {
    reset: () => cases.reset(),
    add(facts, score) {
      columns.id.add(facts.id);
      columns.payment_id.add(facts.paymentId);
      columns.payer_id.add(facts.payerId);
      columns.payee_id.add(facts.payeeId);
      columns.payer_wallet_id.add(facts.payerWalletId);
      columns.payee_wallet_id.add(facts.payeeWalletId);
      columns.amount_minor.add(facts.amountMinor);
      columns.currency.add(facts.currency);
      columns.accepted_at.add(facts.acceptedAtMs);
      columns.score.add(score);
      columns.device_id.add(facts.context.device_id);
      columns.ip.add(facts.context.ip);
      columns.card_fingerprint.add(facts.context.card_fingerprint);
      columns.country.add(facts.context.country);
    },
    statements: () => (cases.count() > 0 ? [cases.statement()] : []),
  };
}

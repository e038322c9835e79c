import { createBatchStatement } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { PaymentOutcome, PaymentRequest } from './decide.ts';

/** Gathers the first rows of payments, for one statement a batch. */
export type PaymentWriter = {
  reset(): void;
  add(request: PaymentRequest, outcome: PaymentOutcome): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

export function createPaymentWriter(): PaymentWriter {
  const payments = createBatchStatement({
    name: 'insert_payment',
    text: `insert into payment (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id,
        amount_minor, fee_minor, captured_minor, accepted_at, version, status, currency, capture,
        failure_code, description, reference, metadata, authorization_seconds,
        authorization_expires_at)
      select r.id, r.payer_wallet_id, r.payee_wallet_id, r.payer_id, r.payee_id, r.amount_minor,
        r.fee_minor, r.captured_minor, r.accepted_at, 1, r.status, r.currency, r.capture,
        r.failure_code, r.description, r.reference, r.metadata::jsonb, r.expires_in,
        case when r.status = 'authorized'
          then statement_timestamp() + make_interval(secs => r.expires_in) end
      from $rows as r (id, payer_wallet_id, payee_wallet_id, payer_id, payee_id, amount_minor,
        fee_minor, captured_minor, accepted_at, status, currency, capture, failure_code,
        description, reference, metadata, expires_in)`,
    columns: {
      id: 'uuid',
      payer_wallet_id: 'uuid',
      payee_wallet_id: 'uuid',
      payer_id: 'uuid',
      payee_id: 'uuid',
      amount_minor: 'int8',
      fee_minor: 'int8',
      captured_minor: 'int8',
      accepted_at: 'timestamptz',
      status: 'text',
      currency: 'text',
      capture: 'text',
      failure_code: 'text',
      description: 'text',
      reference: 'text',
      metadata: 'text',
      expires_in: 'int4',
    },
  });
  const { columns } = payments;
  return {
    reset: () => payments.reset(),
    add(request, outcome) {
      columns.id.add(request.intent_id);
      columns.payer_wallet_id.add(request.payer_wallet_id);
      columns.payee_wallet_id.add(request.payee_wallet_id);
      columns.payer_id.add(request.payer_id);
      columns.payee_id.add(request.payee_id);
      columns.amount_minor.add(request.amount_minor);
      columns.fee_minor.add(outcome.feeMinor);
      columns.captured_minor.add(outcome.capturedMinor);
      columns.accepted_at.add(request.accepted_at);
      columns.status.add(outcome.status);
      columns.currency.add(request.currency);
      columns.capture.add(request.capture);
      columns.failure_code.add(outcome.failureCode);
      columns.description.add(request.description);
      columns.reference.add(request.reference);
      columns.metadata.add(request.metadata === null ? null : JSON.stringify(request.metadata));
      columns.expires_in.add(outcome.authorizationExpiresInSeconds);
    },
    statements: () => (payments.count() > 0 ? [payments.statement()] : []),
  };
}

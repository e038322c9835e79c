import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import type { CaseFacts, ClosedCaseStatus } from './case.ts';

/**
 * The open cases of a batch's payments: read with them and closed with them. No lock: a case ends
 * when its payment leaves review, which happens under the lock on the payment's row.
 */
export type CaseShelf = {
  reset(): void;
  ask(paymentId: string): void;
  reads(): Statement[];
  open(answers: readonly Answer[]): void;
  /** Undefined when the payment never was in review. */
  get(paymentId: string): CaseFacts | undefined;
  close(facts: CaseFacts, status: ClosedCaseStatus): void;
  statements(): Statement[];
};

export function createCaseShelf(): CaseShelf {
  const { reading, closing } = shelfStatements();
  const asked = new Set<string>();
  const cases = new Map<string, CaseFacts>();
  return {
    reset() {
      asked.clear();
      cases.clear();
      closing.reset();
    },
    ask: (paymentId) => void asked.add(paymentId),
    reads() {
      if (asked.size === 0) return [];
      reading.reset();
      for (const paymentId of asked) reading.columns.payment_id.add(paymentId);
      return [reading.statement()];
    },
    open([found]) {
      for (const row of found?.rows ?? []) {
        const facts = factsOf(row);
        cases.set(facts.paymentId, facts);
      }
    },
    get: (paymentId) => cases.get(paymentId),
    close({ id }, status) {
      closing.columns.id.add(id);
      closing.columns.status.add(status);
    },
    statements: () => (closing.count() > 0 ? [closing.statement()] : []),
  };
}

function shelfStatements() {
  const reading = createBatchStatement({
    name: 'read_fraud_cases',
    text: `select id, payment_id, payer_id, payee_id, payer_wallet_id, payee_wallet_id,
        amount_minor, currency, floor(extract(epoch from accepted_at) * 1000), device_id, ip,
        card_fingerprint, country
      from fraud_case where payment_id = any($1::uuid[]) and status = 'open'`,
    columns: { payment_id: 'uuid' },
  });
  const closing = createBatchStatement({
    name: 'close_fraud_case',
    // The offset keeps the look-up behind the rows: of a small table a join begins with the table.
    text: `update fraud_case c set status = r.status, closed_at = statement_timestamp()
      from $rows as r (id, status)
      cross join lateral (select ctid from fraud_case where id = r.id offset 0) found
      where c.ctid = found.ctid`,
    columns: { id: 'uuid', status: 'text' },
  });
  return { reading, closing };
}

function factsOf(row: readonly (string | null)[]): CaseFacts {
  const [id, paymentId, payerId, payeeId, payerWalletId, payeeWalletId, ...rest] = row;
  const [amountMinor, currency, acceptedAt, deviceId, ip, cardFingerprint, country] = rest;
  return {
    ...{ id: id ?? '', paymentId: paymentId ?? '', payerId: payerId ?? '', payeeId: payeeId ?? '' },
    ...{ payerWalletId: payerWalletId ?? '', payeeWalletId: payeeWalletId ?? '' },
    ...{ amountMinor: BigInt(amountMinor ?? ''), currency: currency ?? '' },
    acceptedAtMs: Number(acceptedAt),
    context: {
      ...{ device_id: deviceId ?? null, ip: ip ?? null },
      ...{ card_fingerprint: cardFingerprint ?? null, country: country ?? null },
    },
  };
}

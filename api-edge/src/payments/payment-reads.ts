import { findPayments, findRefundabilities, type Database } from '@wallet/core-ledger';
import type { PaymentView, Refundability } from '@wallet/core-ledger';
import { createBatchedRead, type BatchedRead } from '../intents/batched-read.ts';

/**
 * What stands about payments, for whoever is about to do something to one: requests of a moment
 * share a query. Undefined: the ledger has not decided it. Ids in lower case.
 */
export type PaymentReads = {
  readonly readPayment: BatchedRead<PaymentView>;
  readonly readRefundability: BatchedRead<Refundability>;
};

export function createPaymentReads({ knex }: Database): PaymentReads {
  return {
    readPayment: createBatchedRead((ids) => findPayments(knex, ids)),
    readRefundability: createBatchedRead((ids) => findRefundabilities(knex, ids)),
  };
}

import type { LabelsOf } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import type { PostingPlan } from '../posting/posting.ts';
import { createScoredPayments } from './scored-payments.ts';

type Outcome = LabelsOf<'wallet_payment_end_to_end_duration_seconds'>['outcome'];

/** Settlement: the first state of each payment. All that comes after it is a command. */
export const settlementPlan: PostingPlan = {
  stage: 'settlement',
  topics: [topics.paymentScored.name],
  trade: createScoredPayments,
  observe: (metrics, { outcome, traceparent }, seconds) =>
    metrics.observe(
      'wallet_payment_end_to_end_duration_seconds',
      { outcome: outcome as Outcome },
      seconds,
      traceparent,
    ),
};

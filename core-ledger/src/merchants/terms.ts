import { disputePolicy } from '../disputes/policy.ts';
import type { DisputePolicy } from '../disputes/policy.ts';
import { houseFees } from '../payments/fees.ts';
import type { FeeSchedule } from '../payments/fees.ts';
import type { FeePolicy } from '../refunds/policy.ts';

/** What an operator has agreed with a merchant; amounts in minor units. */
export type MerchantTerms = {
  /** Of each payment. */
  readonly fee: FeeSchedule;
  /** Who has the fee of what goes back. */
  readonly refundFee: FeePolicy;
  /** Of each chargeback; given back when it is won or withdrawn. */
  readonly disputeFeeMinor: bigint;
  /** Up to here, who says he was robbed has the money while the chargeback runs; 0: never. */
  readonly provisionalUpToMinor: bigint;
  /** Decisions of disputes about more take two people: at most what the house allows one. */
  readonly secondPersonAboveMinor: bigint;
};

/** Of a merchant with whom nothing else was agreed. */
export const houseTerms: MerchantTerms = {
  fee: houseFees,
  refundFee: 'kept',
  disputeFeeMinor: disputePolicy.feeMinor,
  provisionalUpToMinor: disputePolicy.provisionalUpToMinor.fraudulent ?? 0n,
  secondPersonAboveMinor: disputePolicy.secondPersonAboveMinor,
};

/** What may be agreed at most; the table has the same bounds. */
export const termsBounds = {
  feeFixedMinor: 1_000_000,
  feeBasisPoints: 10_000,
  disputeFeeMinor: 1_000_000,
  provisionalUpToMinor: 1_000_000_000_000_000,
  secondPersonAboveMinor: Number(disputePolicy.secondPersonAboveMinor),
} as const;

/** By what rules disputes of payments to the merchant are decided. */
export function disputePolicyOf(terms: MerchantTerms): DisputePolicy {
  return {
    ...disputePolicy,
    feeMinor: terms.disputeFeeMinor,
    provisionalUpToMinor: { fraudulent: terms.provisionalUpToMinor },
    secondPersonAboveMinor: terms.secondPersonAboveMinor,
  };
}

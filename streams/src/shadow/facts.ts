import { features, type Facts, type ListHistory } from '@wallet/core-ledger';
import type { PaymentScored } from '@wallet/schemas';

/** What a decision was made of, as it stands in its record. */
export function factsOf({ intent, decision }: PaymentScored, lists: ListHistory): Facts {
  const values = new Float64Array(features.length).fill(NaN);
  decision.features.slice(0, values.length).forEach((value, index) => {
    if (value !== null) values[index] = Number(value);
  });
  return {
    payment: intent,
    amountMinor: Number(intent.amount_minor),
    features: values,
    lists: lists.atVersion(decision.lists_version, decision.decided_at),
    missing: '',
  };
}

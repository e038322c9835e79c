export type DifferenceKind =
  | 'not_final'
  | 'payment_missing'
  | 'payment_twice'
  | 'payment_unexpected'
  | 'payment_differs'
  | 'fee_differs'
  | 'transfers_differ'
  | 'act_differs'
  | 'acts_do_not_sum'
  | 'top_up_missing'
  | 'settlement_differs'
  | 'balance_differs'
  | 'held_differs'
  | 'wallet_missing'
  | 'ledger_unbalanced'
  | 'answer_differs';

export type Difference = { kind: DifferenceKind; id: string; told: string; found: string };

/** Something that the audit says otherwise than we were told. */
export function difference(
  kind: DifferenceKind,
  id: string,
  told: string,
  found: string,
): Difference {
  return { kind, id, told, found };
}

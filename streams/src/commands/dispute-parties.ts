import type { DisputeParties } from '@wallet/core-ledger';
import type { Desk } from '../posting/kind.ts';

/** The wallets of a payment whose facts were loaded; null when it is not known. */
export function partiesOf(
  { wallets, paymentFacts }: Pick<Desk, 'wallets' | 'paymentFacts'>,
  paymentId: string,
): DisputeParties | null {
  const facts = paymentFacts.get(paymentId);
  const payer = wallets.get(facts?.payerWalletId ?? '');
  const payee = wallets.get(facts?.payeeWalletId ?? '');
  return payer === undefined || payee === undefined ? null : { payer, payee };
}

import { LedgerFault } from '../database/fault.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { FixedLeg, Refusal, TransferItem } from '../ledger/items.ts';
import { payingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import type { Settlement } from './settlement.ts';
import type { SettlementTransfer } from './shelf.ts';

export type Sent =
  | { readonly ok: true; readonly transfer: SettlementTransfer }
  | { readonly ok: false; readonly code: 'insufficient_funds' | 'account_frozen' };

/** Sends a batch's net on its way; `intentId` is the intent that asks for it. */
export function sendSettlement(
  settlement: Settlement,
  intentId: string,
  wallet: WalletFacts,
  book: Book,
): Sent {
  const { id: settlementId, netMinor: amountMinor, acceptedAtMs } = settlement;
  const transferId = deriveId(acceptedAtMs, settlementId, 'settlement');
  const legs = [
    { accountId: payingAccountOf(wallet), amountMinor: -amountMinor },
    { accountId: wallet.platform.in_transit, amountMinor },
  ];
  const item = transferOf(settlement, { id: transferId, kind: 'settlement', intentId }, legs);
  const result = book.post(item);
  if (result.ok) {
    return { ok: true, transfer: { transferId, settlementId, amountMinor, kind: 'settlement' } };
  }
  return { ok: false, code: sendingFailureOf(result.reason) };
}

/** A transfer of a settlement, in its currency and for its payment. */
export function transferOf(
  { paymentId, currency }: Pick<Settlement, 'paymentId' | 'currency'>,
  named: Pick<TransferItem, 'id' | 'kind' | 'intentId'>,
  legs: readonly Omit<FixedLeg, 'currency'>[],
): TransferItem {
  const priced = legs.map((leg) => ({ ...leg, currency }));
  return { type: 'transfer', paymentId, ...named, legs: priced };
}

function sendingFailureOf(reason: Refusal): 'insufficient_funds' | 'account_frozen' {
  if (reason === 'insufficient_funds' || reason === 'account_frozen') return reason;
  // A tier's limit or a closed wallet: a person must look; nothing has moved.
  if (reason === 'limit_exceeded' || reason === 'account_closed') return 'account_frozen';
  throw new LedgerFault('broken_invariant', `a settlement was ${reason}`);
}

import { accountsOfSettlement, payingAccountOf } from '@wallet/core-ledger';
import type {
  decideTransition,
  SettlementShelf,
  StandingShelf,
  WindowShelf,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { SettlementIntent } from '@wallet/schemas';
import type { Desk, Touched } from '../posting/kind.ts';
import type { ActionBook } from './actions.ts';

/** What the kinds of settlements share. */
export type SettlementDesk = {
  readonly desk: Desk;
  readonly shelf: SettlementShelf;
  readonly standings: StandingShelf;
  readonly windows: WindowShelf;
  readonly actions: ActionBook;
};

/** Members that every kind of this topic has. */
export const ofSettlements = {
  topic: topics.settlementIntents,
  intentOf: (intent: SettlementIntent) => intent,
};

/** Accounts of a merchant's wallet that settling it may touch. */
export function touchedOf({ wallets }: Desk, walletId: string | null): Touched {
  const wallet = wallets.get(walletId ?? '');
  if (wallet?.kind !== 'merchant') return { touched: [], ordered: null };
  return { touched: accountsOfSettlement(wallet), ordered: payingAccountOf(wallet) };
}

/** Rows of what a transition has changed. */
export function keepTransition(
  { shelf, standings }: SettlementDesk,
  outcome: Extract<ReturnType<typeof decideTransition>, { ok: true }>,
): void {
  shelf.put(outcome.settlement);
  standings.put(outcome.standing);
  for (const transfer of outcome.transfers) shelf.addTransfer(transfer);
  if (outcome.isReleased) standings.release(outcome.settlement.id);
}

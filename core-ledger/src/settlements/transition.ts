import { LedgerFault } from '../database/fault.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import { payingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { sendSettlement, transferOf } from './sending.ts';
import { inTransitOf } from './settlement.ts';
import type {
  Settlement,
  SettlementActionFailure,
  SettlementStatus,
  SettlementTarget,
} from './settlement.ts';
import type { SettlementTransfer } from './shelf.ts';
import { standingBefore } from './standing.ts';
import type { Standing } from './standing.ts';

/** What is to be done with a settlement, by whom. */
export type SettlementOrder = {
  readonly intentId: string;
  readonly target: SettlementTarget;
  readonly actorId: string;
  /** Of what the bank has paid or sent back; 0: all of it. */
  readonly amountMinor: bigint;
  /** What comes back is of what the bank has paid, whatever is in transit besides. */
  readonly isOfPaid: boolean;
  readonly reference: string | null;
};

export type SettlementActionOutcome =
  | {
      readonly ok: true;
      readonly settlement: Settlement;
      readonly transfers: readonly SettlementTransfer[];
      readonly standing: Standing;
      /** Its items wait for the next batch. */
      readonly isReleased: boolean;
    }
  | { readonly ok: false; readonly code: SettlementActionFailure };

type Context = {
  readonly settlement: Settlement;
  readonly standing: Standing;
  readonly wallet: WalletFacts;
  readonly book: Book;
};

/** Decides what was asked of a settlement, against its row under its merchant's locks. */
export function decideTransition(
  order: SettlementOrder,
  found: {
    settlement: Settlement | undefined;
    standing: Standing | undefined;
    wallet: WalletFacts | undefined;
    book: Book;
  },
): SettlementActionOutcome {
  const { settlement, standing, wallet, book } = found;
  if (settlement === undefined || standing === undefined || wallet === undefined) {
    return refused('settlement_not_found');
  }
  const context = { settlement, standing, wallet, book };
  switch (order.target) {
    case 'submitted':
      return submit(order, context);
    case 'aborted':
      return abort(order, context);
    case 'settled':
      return confirm(order, context);
    case 'failed':
    case 'returned':
      return giveBack(order, context);
  }
}

function refused(code: SettlementActionFailure): SettlementActionOutcome {
  return { ok: false, code };
}

/** Approved by another one than its creator: what two persons have seen goes out. */
function submit(order: SettlementOrder, context: Context): SettlementActionOutcome {
  const { settlement, standing, wallet, book } = context;
  if (settlement.status !== 'pending_approval') return refused('invalid_state');
  if (settlement.createdBy === order.actorId) return refused('same_person');
  const sent = sendSettlement(settlement, order.intentId, wallet, book);
  if (!sent.ok) return refused(sent.code);
  const approved = { ...settlement, approvedBy: order.actorId };
  // Its own entry is no news of the merchant's.
  const seen = { ...standing, seenVersion: standing.seenVersion + 1n };
  return changed(order, approved, 'submitted', { standing: seen, transfers: [sent.transfer] });
}

function abort(order: SettlementOrder, { settlement, standing }: Context): SettlementActionOutcome {
  if (settlement.status !== 'pending_approval') return refused('invalid_state');
  const before = standingBefore(standing, settlement);
  return changed(order, settlement, 'aborted', { standing: before, isReleased: true });
}

/** The bank has paid it, or a part of it. */
function confirm(order: SettlementOrder, context: Context): SettlementActionOutcome {
  const { settlement, standing, wallet, book } = context;
  const openMinor = inTransitOf(settlement);
  if (openMinor === 0n) return refused('invalid_state');
  const amountMinor = order.amountMinor === 0n ? openMinor : order.amountMinor;
  if (amountMinor > openMinor) return refused('amount_out_of_range');
  const { in_transit: from, bank: to } = wallet.platform;
  const kind = 'settlement_confirmation';
  const transfer = move(order, settlement, { kind, from, to, amountMinor }, book);
  const confirmedMinor = settlement.confirmedMinor + amountMinor;
  const status = confirmedMinor === settlement.netMinor ? 'settled' : 'partially_settled';
  const paid = { ...settlement, confirmedMinor };
  return changed(order, paid, status, { standing, transfers: [transfer] });
}

/**
 * The bank rejects it or a part of it, or what was paid came back; it is carried over. What is in
 * transit comes back before what was paid, unless that is what the order is about.
 */
function giveBack(order: SettlementOrder, context: Context): SettlementActionOutcome {
  const { settlement, standing, wallet, book } = context;
  const isFailure = order.target === 'failed';
  const openMinor = inTransitOf(settlement);
  const isPaid = order.isOfPaid || openMinor === 0n;
  const atMostMinor = isPaid ? settlement.confirmedMinor : openMinor;
  if (atMostMinor === 0n || (isFailure && settlement.status !== 'submitted')) {
    return refused('invalid_state');
  }
  const amountMinor = order.amountMinor === 0n ? atMostMinor : order.amountMinor;
  const isPart = amountMinor < atMostMinor;
  if (amountMinor > atMostMinor || (isFailure && isPart)) return refused('amount_out_of_range');
  const status = isFailure ? 'failed' : returnedStatusOf(settlement, amountMinor);
  const { in_transit, bank, suspense } = wallet.platform;
  const available = payingAccountOf(wallet);
  const to = book.account(available)?.status === 'closed' ? suspense : available;
  const kind = 'settlement_return';
  const from = isPaid ? bank : in_transit;
  const transfer = move(order, settlement, { kind, from, to, amountMinor }, book);
  // What is in suspense no later batch can pay out.
  const carriedMinor = standing.carriedMinor + (to === available ? amountMinor : 0n);
  return changed(
    order,
    {
      ...settlement,
      confirmedMinor: settlement.confirmedMinor - (isPaid ? amountMinor : 0n),
      returnedMinor: settlement.returnedMinor + amountMinor,
      failureCode: isFailure ? 'returned_by_bank' : settlement.failureCode,
    },
    status,
    {
      standing: { ...standing, carriedMinor },
      transfers: [transfer],
    },
  );
}

function returnedStatusOf(
  { netMinor, returnedMinor }: Settlement,
  amountMinor: bigint,
): 'returned' | 'partially_settled' {
  return returnedMinor + amountMinor === netMinor ? 'returned' : 'partially_settled';
}

type Move = {
  readonly kind: 'settlement_confirmation' | 'settlement_return';
  readonly from: bigint;
  readonly to: bigint;
  readonly amountMinor: bigint;
};

function move(
  { intentId }: SettlementOrder,
  settlement: Settlement,
  { kind, from, to, amountMinor }: Move,
  book: Book,
): SettlementTransfer {
  const { id: settlementId, acceptedAtMs, version } = settlement;
  const transferId = deriveId(acceptedAtMs, settlementId, kind, version);
  const legs = [
    { accountId: from, amountMinor: -amountMinor },
    { accountId: to, amountMinor },
  ];
  const result = book.post(transferOf(settlement, { id: transferId, kind, intentId }, legs));
  if (!result.ok) throw new LedgerFault('broken_invariant', `a ${kind} was ${result.reason}`);
  return { transferId, settlementId, amountMinor, kind };
}

function changed(
  { reference }: SettlementOrder,
  settlement: Settlement,
  status: SettlementStatus,
  rest: { standing: Standing; transfers?: readonly SettlementTransfer[]; isReleased?: boolean },
): SettlementActionOutcome {
  const { standing, transfers = [], isReleased = false } = rest;
  const next = { ...settlement, status, version: settlement.version + 1 };
  const kept = reference === null ? next : { ...next, reference };
  return { ok: true, settlement: kept, transfers, standing, isReleased };
}

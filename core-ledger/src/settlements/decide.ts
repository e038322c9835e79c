import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { LockedPayment } from '../payments/shelf.ts';
import { payingAccountOf, receivingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { batchOf, netOf } from './batch.ts';
import type { SettlementItem } from './batch.ts';
import type { Settlement, SettlementFailure } from './settlement.ts';
import { sendSettlement } from './sending.ts';
import type { SettlementTransfer } from './shelf.ts';
import { itemsOf, standingBehind } from './standing.ts';
import type { Standing } from './standing.ts';

/** What a settlement is asked for with; what comes of it is not in it yet. */
export type SettlementRequest = Pick<
  Settlement,
  | 'id'
  | 'walletId'
  | 'ownerId'
  | 'paymentId'
  | 'windowId'
  | 'origin'
  | 'currency'
  | 'createdBy'
  | 'reason'
  | 'acceptedAtMs'
>;

/** What it is decided against: all of it read under the locks on the merchant's accounts. */
export type SettlementContext = {
  readonly wallet: WalletFacts | undefined;
  readonly standing: Standing | undefined;
  /** Undefined when it was asked for all that there is, or there is no such payment. */
  readonly payment: LockedPayment | undefined;
  readonly isDisputed: boolean;
  /** One of this payment; one of this merchant that waits for approval. */
  readonly earlier: Settlement | undefined;
  readonly waiting: Settlement | undefined;
  /** The window that is open in its currency. */
  readonly openWindowId: string;
  readonly book: Book;
};

export type SettlementOutcome = {
  readonly settlement: Settlement;
  readonly items: readonly SettlementItem[];
  readonly transfers: readonly SettlementTransfer[];
  /** Null when it stays as it is. */
  readonly standing: Standing | null;
};

/** Accounts that making or ending a settlement may touch. */
export function accountsOfSettlement(wallet: WalletFacts): bigint[] {
  const { in_transit, bank, suspense } = wallet.platform;
  return [...ownAccountsOf(wallet), in_transit, bank, suspense];
}

function ownAccountsOf(wallet: WalletFacts): bigint[] {
  const { receivable } = wallet.accounts;
  const own = [receivingAccountOf(wallet), payingAccountOf(wallet)];
  return receivable === undefined ? own : [...own, receivable];
}

/**
 * Decides what was asked for. One payment of a merchant who is settled gross goes out at once when
 * it has cleared, else it has its place in the window that is open. All that a merchant has becomes
 * a batch that a second person approves; one that pays nothing out is over at once.
 */
export function decideSettlement(
  request: SettlementRequest,
  context: SettlementContext,
): SettlementOutcome {
  const { wallet, standing, waiting, book } = context;
  if (wallet?.kind !== 'merchant' || standing === undefined) {
    return refused(request, 'wallet_not_found');
  }
  if (wallet.currency !== request.currency) return refused(request, 'currency_mismatch');
  const objection = request.paymentId === null ? null : objectionToPayment(context);
  if (objection !== null) return refused(request, objection);
  if (owedBy(wallet, book) > 0n && request.paymentId !== null) {
    return refused(request, 'negative_balance');
  }
  clearAtOnce(request, standing, wallet, book);
  const asked = { request, wallet, standing, book };
  if (request.paymentId !== null) return decideOne(asked, request.paymentId, context.openWindowId);
  return waiting === undefined ? decideAll(asked) : refused(request, 'settlement_in_progress');
}

function objectionToPayment({
  payment,
  wallet,
  isDisputed,
  earlier,
}: SettlementContext): SettlementFailure | null {
  if (payment === undefined || payment.payeeWalletId !== wallet?.walletId) {
    return 'payment_not_found';
  }
  const { capturedMinor, refundedMinor, refundingMinor, disputedMinor } = payment;
  if (capturedMinor === 0n) return 'payment_not_captured';
  if (isDisputed) return 'payment_disputed';
  if (capturedMinor - refundedMinor - refundingMinor - disputedMinor <= 0n) {
    return 'nothing_to_settle';
  }
  return earlier === undefined ? null : 'already_settled';
}

/** What the merchant owes the platform. */
function owedBy(wallet: WalletFacts, book: Book): bigint {
  const { receivable } = wallet.accounts;
  return receivable === undefined ? 0n : -(book.account(receivable)?.balanceMinor ?? 0n);
}

type Asked = {
  readonly request: SettlementRequest;
  readonly wallet: WalletFacts;
  readonly standing: Standing;
  readonly book: Book;
};

/** Whose money clears at once need not wait for the timer that does it. */
function clearAtOnce(
  { id: intentId, acceptedAtMs, currency }: SettlementRequest,
  { settings }: Standing,
  wallet: WalletFacts,
  book: Book,
): void {
  const pending = receivingAccountOf(wallet);
  const dueMinor = book.account(pending)?.balanceMinor ?? 0n;
  if (settings.clearingSeconds > 0 || dueMinor <= 0n) return;
  const owedMinor = owedBy(wallet, book);
  const repaidMinor = owedMinor < dueMinor ? owedMinor : dueMinor;
  const legs = [
    { accountId: pending, amountMinor: -dueMinor, currency },
    { accountId: wallet.accounts.receivable ?? 0n, amountMinor: repaidMinor, currency },
    { accountId: payingAccountOf(wallet), amountMinor: dueMinor - repaidMinor, currency },
  ];
  const id = deriveId(acceptedAtMs, intentId, 'clearing');
  // Refused, it stays pending: then less is available, and the batch is as small.
  book.post({
    ...{ type: 'transfer', id, kind: 'clearing', paymentId: null, intentId },
    legs: legs.filter(({ amountMinor }) => amountMinor !== 0n),
  });
}

function decideOne(asked: Asked, paymentId: string, openWindowId: string): SettlementOutcome {
  const { request, standing, wallet, book } = asked;
  const items = itemsOf(standing, paymentId);
  const amountMinor = items.reduce((sum, item) => sum + netOf(item), 0n);
  const isNow = standing.settings.mode === 'gross_immediate' && amountMinor > 0n;
  if (!isNow) {
    const place = { ...emptyOf(request), status: 'scheduled' as const, windowId: openWindowId };
    const cleared = items.length > 0 ? 0 : standing.settings.clearingSeconds * 1_000;
    const availableOnMs = request.acceptedAtMs + cleared;
    return { ...nothing, settlement: { ...place, availableOnMs } };
  }
  if (freeOf(wallet, book) < amountMinor) return refused(request, 'negative_balance');
  const batch = batchOf(items, {
    ...{ carriedInMinor: 0n, availableMinor: amountMinor, minimumMinor: 0n },
  });
  const made = batchRowOf(asked, items, batch);
  const sent = sendSettlement({ ...made, status: 'submitted' }, request.id, wallet, book);
  if (!sent.ok) {
    return refused(request, sent.code === 'account_frozen' ? sent.code : 'negative_balance');
  }
  const behind = standingBehind(standing, paymentId, standing.carriedMinor);
  return {
    ...{ settlement: { ...made, status: 'submitted' }, items, transfers: [sent.transfer] },
    standing: behind,
  };
}

function decideAll(asked: Asked): SettlementOutcome {
  const { request, standing, wallet, book } = asked;
  const items = itemsOf(standing, null);
  const batch = batchOf(items, {
    carriedInMinor: standing.carriedMinor,
    availableMinor: freeOf(wallet, book),
    minimumMinor: standing.settings.minimumMinor,
  });
  if (items.length === 0 && batch.netMinor === 0n && request.origin === 'run') {
    return refused(request, owedBy(wallet, book) > 0n ? 'negative_balance' : 'nothing_to_settle');
  }
  const status = batch.netMinor === 0n ? 'settled' : 'pending_approval';
  const behind = standingBehind(standing, null, batch.carriedOutMinor);
  return {
    settlement: { ...batchRowOf(asked, items, batch), status },
    ...{ items, transfers: [] },
    standing: standing.isPartial ? behind : { ...behind, seenVersion: seenOf(wallet, book) },
  };
}

function seenOf(wallet: WalletFacts, book: Book): bigint {
  return ownAccountsOf(wallet).reduce((sum, id) => sum + (book.account(id)?.version ?? 0n), 0n);
}

function freeOf(wallet: WalletFacts, book: Book): bigint {
  const account = book.account(payingAccountOf(wallet));
  const freeMinor = (account?.balanceMinor ?? 0n) - (account?.heldMinor ?? 0n);
  return freeMinor > 0n ? freeMinor : 0n;
}

const nothing = { items: [], transfers: [], standing: null };

function emptyOf(request: SettlementRequest): Settlement {
  return {
    ...request,
    ...{ status: 'failed', version: 1, approvedBy: null, itemCount: 0, cuts: [0n, 0n, 0n, 0n] },
    ...{ grossMinor: 0n, refundsMinor: 0n, disputesMinor: 0n, feesMinor: 0n, carriedMinor: 0n },
    ...{ netMinor: 0n, carriedInMinor: 0n, carriedOutMinor: 0n, confirmedMinor: 0n },
    ...{ returnedMinor: 0n, bankedMinor: 0n, overpaidMinor: 0n, destination: null },
    reference: null,
    ...{ failureCode: null, availableOnMs: null },
  };
}

function batchRowOf(
  { request, standing }: Asked,
  items: readonly SettlementItem[],
  batch: ReturnType<typeof batchOf>,
): Settlement {
  const { cuts, settings } = standing;
  const { destination } = settings;
  return { ...emptyOf(request), ...batch, cuts, destination, itemCount: items.length };
}

function refused(request: SettlementRequest, failureCode: SettlementFailure): SettlementOutcome {
  return { ...nothing, settlement: { ...emptyOf(request), failureCode } };
}

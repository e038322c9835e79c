import type { Account } from '../../ledger/book-state.ts';
import { createBook } from '../../ledger/book.ts';
import type { Book } from '../../ledger/book.ts';
import { accountKinds, platformKinds } from '../../ledger/chart.ts';
import type { AccountKind } from '../../ledger/chart.ts';
import type { PlatformAccounts } from '../../ledger/accounts.ts';
import type { WalletFacts } from '../../wallets/wallet.ts';
import type { DisputeContext } from '../command.ts';
import type { Dispute, DisputeActor, DisputeStatus } from '../dispute.ts';
import { openDispute } from '../opening.ts';
import type { DisputedPayment, DisputeRequest } from '../opening.ts';
import { disputePolicy } from '../policy.ts';

/** 10:00 on a Monday without holidays near. */
export const monday = Date.parse('2026-11-09T10:00:00Z');

const platform = Object.fromEntries(
  platformKinds.map((kind, index) => [kind, BigInt(100 + index)]),
) as PlatformAccounts;

function wallet(walletId: string, first: number, kinds: readonly AccountKind[]): WalletFacts {
  const accounts = Object.fromEntries(kinds.map((kind, index) => [kind, BigInt(first + index)]));
  const kind = kinds.includes('customer') ? 'customer' : 'merchant';
  return { walletId, ownerId: `${walletId} owner`, kind, currency: 'USD', accounts, platform };
}

const ofCustomer = ['customer', 'receivable', 'dispute_reserve'] as const;
const ofMerchant = [
  ...(['merchant_available', 'merchant_pending', 'dispute_reserve', 'receivable'] as const),
];

export const customer = wallet('customer', 10, ofCustomer);
export const friend = wallet('friend', 20, ofCustomer);
export const merchant = wallet('merchant', 30, ofMerchant);
export const otherMerchant = wallet('other merchant', 40, ofMerchant);

/** Every account of these wallets and the platform's, with what they have; else nothing. */
export function bookOf(
  wallets: readonly WalletFacts[],
  balances: Readonly<Record<string, bigint>> = {},
  statuses: Readonly<Record<string, Account['status']>> = {},
): Book {
  const accounts = wallets.flatMap(({ walletId, accounts: its }) =>
    Object.entries(its).map(([kind, id]) =>
      accountOf(id, kind as AccountKind, balances[`${walletId} ${kind}`], statuses[walletId]),
    ),
  );
  const ours = Object.entries(platform).map(([kind, id]) =>
    accountOf(id, kind as AccountKind, balances[kind]),
  );
  return createBook({ accounts: [...accounts, ...ours] });
}

function accountOf(
  id: bigint,
  kind: AccountKind,
  balanceMinor = 0n,
  status: Account['status'] = 'active',
): Account {
  const { limitMinor } = accountKinds[kind];
  const rest = { balanceMinor, heldMinor: 0n, version: 0n };
  return { id, kind, currency: 'USD', status, limitMinor, ...rest };
}

export function balanceOf(book: Book, id: bigint | undefined): bigint {
  return book.account(id ?? -1n)?.balanceMinor ?? 0n;
}

/** A payment of 10,000 from the customer to the merchant, captured, two days before. */
export function paymentOf(rest: Partial<DisputedPayment> = {}): DisputedPayment {
  return {
    ...{ id: 'payment', payerWalletId: 'customer', payeeWalletId: 'merchant' },
    ...{ payerId: 'customer owner', payeeId: 'merchant owner', currency: 'USD' },
    ...{ amountMinor: 10_000n, capturedMinor: 10_000n, refundedMinor: 0n, disputedMinor: 0n },
    ...{ acceptedAtMs: monday - 2 * 86_400_000, hasOpenDispute: false },
    ...rest,
  };
}

export function requestOf(rest: Partial<DisputeRequest> = {}): DisputeRequest {
  return {
    ...{ id: 'dispute', amountMinor: null, reason: 'not_received', description: 'Nothing came.' },
    ...{ stage: 'chargeback', acceptedAtMs: monday },
    ...rest,
  };
}

export function contextOf(rest: Partial<DisputeContext> = {}): DisputeContext {
  const wallets = { payeeKind: 'merchant', closed: { payer: false, payee: false } } as const;
  return { payment: paymentOf(), wallets, policy: disputePolicy, ...rest };
}

/** A dispute of the whole payment in a status, as if it had come there on Monday. */
export function disputeIn(status: DisputeStatus, rest: Partial<Dispute> = {}): Dispute {
  const isInquiry = ['opened', 'answered', 'closed'].includes(status);
  const stage = isInquiry ? 'inquiry' : 'chargeback';
  const opened = openDispute(requestOf({ stage }), paymentOf(), contextOf());
  if (!opened.ok) throw new Error(opened.reason);
  const { amountMinor, position } = opened.dispute;
  const awards: Partial<Record<DisputeStatus, bigint>> = {
    ...{ lost: amountMinor, accepted: amountMinor, expired: amountMinor },
    ...{ won: 0n, withdrawn: 0n, failed: 0n, partially_won: 4_000n, under_appeal: amountMinor },
  };
  const awarded = awards[status];
  const fee = status === 'won' || status === 'withdrawn' ? 0n : position.fee;
  return {
    ...opened.dispute,
    status,
    position: awarded === undefined ? position : { reserved: 0n, credited: 0n, awarded, fee },
    dueAtMs: awarded === undefined || status === 'under_appeal' ? monday + 1_000 : null,
    appealUntilMs: ['won', 'lost', 'partially_won', 'expired'].includes(status)
      ? monday + 1_000
      : null,
    appealedBy: status === 'under_appeal' ? 'payee' : null,
    ...rest,
  };
}

export const users: Readonly<Record<DisputeActor, string | null>> = {
  ...{ payer: 'customer owner', payee: 'merchant owner', support: 'agent', operator: 'olga' },
  ...{ timer: null, refund: null },
};

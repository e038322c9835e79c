import { LedgerFault } from '../database/fault.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { Refusal } from '../ledger/items.ts';
import type { LimitRefusal } from '../ledger/limits.ts';
import { payingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { withdrawalStates } from './withdrawal.ts';
import type {
  WithdrawalAction,
  WithdrawalActionFailure,
  WithdrawalEventName,
  WithdrawalFailure,
  WithdrawalStatus,
} from './withdrawal.ts';

/** What the ledger reads of a withdrawal's intent; the wire's record has this shape. */
export type WithdrawalRequest = {
  readonly intent_id: string;
  readonly wallet_id: string;
  readonly owner_id: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly destination: string | null;
  readonly reference: string | null;
  /** Milliseconds since 1970. */
  readonly accepted_at: number;
};

/** A withdrawal as its locked row has it, or as it was decided in this batch. */
export type Withdrawal = {
  readonly id: string;
  readonly walletId: string;
  readonly ownerId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly status: WithdrawalStatus;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
};

export type WithdrawalOutcome = {
  readonly status: 'in_transit' | 'failed';
  readonly failureCode: WithdrawalFailure | null;
  /** Which limit was exceeded, where one was. */
  readonly limit?: LimitRefusal;
};

export type WithdrawalActionOutcome =
  | { readonly ok: true; readonly withdrawal: Withdrawal; readonly event: WithdrawalEventName }
  | { readonly ok: false; readonly code: WithdrawalActionFailure };

/** The accounts that a withdrawal and what is heard of it may touch. */
export function accountsOfWithdrawal(wallet: WalletFacts): bigint[] {
  const { in_transit, external, suspense } = wallet.platform;
  return [payingAccountOf(wallet), in_transit, external, suspense];
}

/** Decides a withdrawal against the running book: its money is in transit, or nothing moves. */
export function decideWithdrawal(
  request: WithdrawalRequest,
  wallet: WalletFacts | undefined,
  book: Book,
): WithdrawalOutcome {
  if (wallet === undefined) return failed('wallet_not_found');
  if (wallet.currency !== request.currency) return failed('currency_mismatch');
  const { amount_minor: amountMinor, currency, intent_id: intentId } = request;
  const result = book.post({
    ...{ type: 'transfer', kind: 'withdrawal', paymentId: null, intentId },
    id: deriveId(request.accepted_at, intentId, 'withdrawal'),
    legs: [
      { accountId: payingAccountOf(wallet), amountMinor: -amountMinor, currency },
      { accountId: wallet.platform.in_transit, amountMinor, currency },
    ],
  });
  if (result.ok) return { status: 'in_transit', failureCode: null };
  const outcome = failed(failureOf(result.reason));
  return result.limit === undefined ? outcome : { ...outcome, limit: result.limit };
}

/**
 * Decides what was heard of a withdrawal: it was paid out, or it came back. A wallet that was
 * closed meanwhile takes nothing: then it is for a person to place.
 */
export function decideWithdrawalAction(
  action: WithdrawalAction,
  intentId: string,
  found: { withdrawal: Withdrawal | undefined; wallet: WalletFacts | undefined },
  book: Book,
): WithdrawalActionOutcome {
  const { withdrawal, wallet } = found;
  if (withdrawal === undefined || wallet === undefined) {
    return { ok: false, code: 'withdrawal_not_found' };
  }
  const done = action === 'withdrawal_confirmation' ? 'confirm' : 'return';
  const row = withdrawalStates.rows.find(
    (each) => each.from === withdrawal.status && each.action === done,
  );
  if (row === undefined) return { ok: false, code: 'invalid_state' };
  const { amountMinor, currency } = withdrawal;
  const result = book.post({
    ...{ type: 'transfer', kind: action, paymentId: null, intentId },
    id: deriveId(withdrawal.acceptedAtMs, withdrawal.id, action),
    legs: [
      { accountId: wallet.platform.in_transit, amountMinor: -amountMinor, currency },
      { accountId: receiverOf(action, wallet, book), amountMinor, currency },
    ],
  });
  if (!result.ok) throw new LedgerFault('broken_invariant', `a ${action} was ${result.reason}`);
  const changed = { ...withdrawal, status: row.to as WithdrawalStatus };
  return {
    ...{ ok: true, event: row.event },
    withdrawal: { ...changed, version: withdrawal.version + 1 },
  };
}

function receiverOf(action: WithdrawalAction, wallet: WalletFacts, book: Book): bigint {
  const { external, suspense } = wallet.platform;
  if (action === 'withdrawal_confirmation') return external;
  const paying = payingAccountOf(wallet);
  return book.account(paying)?.status === 'closed' ? suspense : paying;
}

function failed(failureCode: WithdrawalFailure): WithdrawalOutcome {
  return { status: 'failed', failureCode };
}

/** How the ledger's refusals are told; any other cannot be the client's doing: a fault of ours. */
const failures: Readonly<Partial<Record<Refusal, WithdrawalFailure>>> = {
  unknown_account: 'wallet_not_found',
  invalid_amount: 'invalid_amount',
  currency_mismatch: 'currency_mismatch',
  account_closed: 'account_closed',
  account_frozen: 'account_frozen',
  insufficient_funds: 'insufficient_funds',
  limit_exceeded: 'limit_exceeded',
};

function failureOf(reason: Refusal): WithdrawalFailure {
  const failure = failures[reason];
  if (failure === undefined)
    throw new LedgerFault('broken_invariant', `a withdrawal was ${reason}`);
  return failure;
}

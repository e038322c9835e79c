import { LedgerFault } from '../database/fault.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { Refusal } from '../ledger/items.ts';
import type { LimitRefusal } from '../ledger/limits.ts';
import { payingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import type { TopUpFailure, TopUpStatus } from './top-up.ts';

/** What the ledger reads of a top-up's intent; the wire's record has this shape. */
export type TopUpRequest = {
  readonly intent_id: string;
  readonly wallet_id: string;
  readonly owner_id: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly reference: string | null;
  /** Milliseconds since 1970. */
  readonly accepted_at: number;
};

/** The first and only row of a top-up, before it is written. */
export type TopUpOutcome = {
  readonly status: TopUpStatus;
  readonly failureCode: TopUpFailure | null;
  /** Which limit was exceeded, where one was. */
  readonly limit?: LimitRefusal;
};

/** The accounts that deciding this top-up may touch: money comes from outside, free to spend. */
export function accountsOfTopUp(wallet: WalletFacts): bigint[] {
  return [payingAccountOf(wallet), wallet.platform.external];
}

/** Decides a top-up against the running book and posts it. */
export function decideTopUp(
  request: TopUpRequest,
  wallet: WalletFacts | undefined,
  book: Book,
): TopUpOutcome {
  if (wallet === undefined) return failed('wallet_not_found');
  if (wallet.currency !== request.currency) return failed('currency_mismatch');
  const { amount_minor: amountMinor, currency, intent_id: intentId } = request;
  const result = book.post({
    type: 'transfer',
    id: deriveId(request.accepted_at, intentId, 'top_up'),
    kind: 'top_up',
    paymentId: null,
    intentId,
    legs: [
      { accountId: wallet.platform.external, amountMinor: -amountMinor, currency },
      { accountId: payingAccountOf(wallet), amountMinor, currency },
    ],
  });
  if (result.ok) return { status: 'succeeded', failureCode: null };
  const outcome = failed(failureOf(result.reason));
  return result.limit === undefined ? outcome : { ...outcome, limit: result.limit };
}

function failed(failureCode: TopUpFailure): TopUpOutcome {
  return { status: 'failed', failureCode };
}

/** How the ledger's refusals are told; any other cannot be the client's doing: a fault of ours. */
const failures: Readonly<Partial<Record<Refusal, TopUpFailure>>> = {
  unknown_account: 'wallet_not_found',
  invalid_amount: 'invalid_amount',
  currency_mismatch: 'currency_mismatch',
  account_closed: 'account_closed',
  limit_exceeded: 'limit_exceeded',
};

function failureOf(reason: Refusal): TopUpFailure {
  const failure = failures[reason];
  if (failure === undefined) throw new LedgerFault('broken_invariant', `a top-up was ${reason}`);
  return failure;
}

import { LedgerFault } from '../database/fault.ts';
import type { Book } from '../ledger/book.ts';
import type { TransferKind, WalletKind } from '../ledger/chart.ts';
import type { FixedLeg } from '../ledger/items.ts';
import { payingAccountOf } from '../wallets/wallet.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import type { Position } from './position.ts';

/** Whose money moves. Customers get reserve and receivable with their first dispute. */
export type DisputeParties = { readonly payer: WalletFacts; readonly payee: WalletFacts };

export type Move = {
  readonly from: Position;
  readonly to: Position;
  readonly parties: DisputeParties;
  readonly paymentId: string;
  /** The intent that asked for it; null when a timer did. */
  readonly intentId: string | null;
  /** The id of a transfer of this kind; the same whenever the same change is decided again. */
  idOf(kind: TransferKind): string;
};

/** The accounts that any change of a dispute between these parties may touch. */
export function accountsOfDispute({ payer, payee }: DisputeParties): bigint[] {
  const { provisional, dispute_fees, suspense, loss } = payer.platform;
  const wallets = [...Object.values(payer.accounts), ...Object.values(payee.accounts)];
  return [...new Set([...wallets, provisional, dispute_fees, suspense, loss])];
}

/** Posts the difference of two positions. Whether it may be is decided before: nothing refuses. */
export function postMove(book: Book, move: Move): void {
  const { from, to } = move;
  const { payer, payee } = move.parties;
  const { provisional, dispute_fees: fees } = payer.platform;
  const set = rise(from.reserved, to.reserved);
  const feeUp = rise(from.fee, to.fee);
  const feeDown = rise(to.fee, from.fee);
  const award = rise(from.awarded, to.awarded);
  const revoked = rise(to.awarded, from.awarded);
  const back = from.reserved + set - award - to.reserved;
  const settled = lesser(award, from.credited);
  const reserve = (minor: bigint) => ({ accountId: reserveOf(payee), minor });
  const post = createPost(book, move);
  post('dispute', [
    ...taken(book, payee, set + feeUp),
    reserve(set),
    { accountId: fees, minor: feeUp },
  ]);
  post('dispute_lost', [
    ...[reserve(-award), { accountId: provisional, minor: settled }],
    ...given(book, payer, award - settled),
  ]);
  post('dispute_reversal', [...taken(book, payer, revoked), ...given(book, payee, revoked)]);
  post('dispute_won', [
    ...[reserve(-back), { accountId: fees, minor: -feeDown }],
    ...given(book, payee, back + feeDown),
  ]);
  const credit = rise(from.credited, to.credited);
  post('provisional_credit', [
    { accountId: provisional, minor: -credit },
    ...given(book, payer, credit),
  ]);
  const clawed = from.credited + credit - settled - to.credited;
  post('provisional_return', [
    ...taken(book, payer, clawed),
    { accountId: provisional, minor: clawed },
  ]);
}

type Amount = { readonly accountId: bigint; readonly minor: bigint };

/** Posts what is not nothing. A refusal here is a mistake of ours, and stops the batch. */
function createPost(book: Book, { parties, paymentId, intentId, idOf }: Move) {
  const { currency } = parties.payer;
  return (kind: TransferKind, amounts: readonly Amount[]): void => {
    const legs: FixedLeg[] = amounts
      .filter(({ minor }) => minor !== 0n)
      .map(({ accountId, minor }) => ({ accountId, amountMinor: minor, currency }));
    if (legs.length === 0) return;
    const result = book.post({ type: 'transfer', id: idOf(kind), kind, paymentId, intentId, legs });
    if (!result.ok) throw new LedgerFault('broken_invariant', `${kind} was ${result.reason}`);
  };
}

/** Takes an amount from a wallet: what is free first, then what is not cleared, then as a debt. */
function taken(book: Book, wallet: WalletFacts, minor: bigint): Amount[] {
  if (isClosed(book, wallet)) return [{ accountId: wallet.platform.loss, minor: -minor }];
  const amounts: Amount[] = [];
  let left = minor;
  for (const accountId of [payingAccountOf(wallet), wallet.accounts.merchant_pending]) {
    if (accountId === undefined || left === 0n) continue;
    const part = lesser(left, freeOn(book, accountId));
    amounts.push({ accountId, minor: -part });
    left -= part;
  }
  if (left > 0n) amounts.push({ accountId: receivableOf(wallet), minor: -left });
  return amounts;
}

/** Gives an amount to a wallet, its debt first. What a closed one cannot take is in suspense. */
function given(book: Book, wallet: WalletFacts, minor: bigint): Amount[] {
  if (isClosed(book, wallet)) return [{ accountId: wallet.platform.suspense, minor }];
  const { receivable } = wallet.accounts;
  const balance = receivable === undefined ? 0n : (book.account(receivable)?.balanceMinor ?? 0n);
  const repaid = balance < 0n ? lesser(minor, -balance) : 0n;
  const amounts = [{ accountId: payingAccountOf(wallet), minor: minor - repaid }];
  return receivable === undefined
    ? amounts
    : [{ accountId: receivable, minor: repaid }, ...amounts];
}

/** What deciding has to know of the wallets, beside their money. */
export type DisputedWallets = {
  readonly payeeKind: WalletKind;
  readonly closed: { readonly payer: boolean; readonly payee: boolean };
};

export function walletsIn(book: Book, { payer, payee }: DisputeParties): DisputedWallets {
  const closed = { payer: isClosed(book, payer), payee: isClosed(book, payee) };
  return { payeeKind: payee.kind, closed };
}

/** Closed wallets neither pay nor are paid. */
function isClosed(book: Book, wallet: WalletFacts): boolean {
  return book.account(payingAccountOf(wallet))?.status === 'closed';
}

function freeOn(book: Book, accountId: bigint): bigint {
  const account = book.account(accountId);
  return account === undefined ? 0n : rise(account.heldMinor, account.balanceMinor);
}

function reserveOf(wallet: WalletFacts): bigint {
  return there(wallet.accounts.dispute_reserve, wallet);
}

function receivableOf(wallet: WalletFacts): bigint {
  return there(wallet.accounts.receivable, wallet);
}

function there(accountId: bigint | undefined, { walletId }: WalletFacts): bigint {
  if (accountId !== undefined) return accountId;
  throw new LedgerFault('broken_invariant', `wallet ${walletId} is not ready for disputes`);
}

function rise(from: bigint, to: bigint): bigint {
  return to > from ? to - from : 0n;
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

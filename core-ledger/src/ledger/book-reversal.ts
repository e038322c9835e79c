import { isCovered, posted, refusalOfMove, refused } from './book-rules.ts';
import { addEntry, addReversal, addTransfer } from './book-state.ts';
import type { BookState, Original } from './book-state.ts';
import type { PostResult, Refusal, ReversalItem } from './items.ts';

/** Posts the opposite of a transfer, or refuses to and changes nothing. */
export function postReversal(state: BookState, item: ReversalItem): PostResult {
  const original = state.originals.get(item.transferId) ?? findPosted(state, item.transferId);
  if (original === undefined) return refused('unknown_transfer');
  const reason = refusalOf(state, original);
  if (reason !== null) return refused(reason);
  const { id, intentId, reference = null, metadata = null } = item;
  const transfer = {
    ...{ id, kind: 'reversal' as const, paymentId: original.paymentId, intentId },
    ...{ reference, metadata, reverses: original.id },
  };
  addTransfer(state, transfer);
  addReversal(state, original.id);
  for (const { accountId, amountMinor } of original.entries) {
    const account = state.accounts.get(accountId);
    if (account !== undefined) addEntry(state, account, transfer, -amountMinor);
  }
  return posted;
}

function refusalOf(state: BookState, original: Original): Refusal | null {
  if (original.kind === 'reversal') return 'not_reversible';
  if (original.isReversed || state.reversed.has(original.id)) return 'already_reversed';
  for (const { accountId, amountMinor } of original.entries) {
    const account = state.accounts.get(accountId);
    // Posted by somebody else after this batch took its locks: to this batch it is not there yet.
    if (account === undefined) return 'unknown_transfer';
    const reason = refusalOfMove(account, -amountMinor, null);
    if (reason !== null) return reason;
    if (amountMinor > 0n && !isCovered(account, amountMinor)) return 'insufficient_funds';
  }
  return null;
}

/** A transfer that this very book has posted. Rare, so nothing is kept to find it by. */
function findPosted(state: BookState, transferId: string): Original | undefined {
  const transfer = state.transfers.find(({ id }) => id === transferId);
  if (transfer === undefined) return undefined;
  const { id, kind, paymentId } = transfer;
  const entries = state.entries.filter((entry) => entry.transferId === id);
  return { id, kind, paymentId, isReversed: false, entries };
}

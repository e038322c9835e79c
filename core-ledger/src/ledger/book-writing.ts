import type { Statement } from '../database/statements.ts';
import type { createWrites } from './book-statements.ts';
import type { PostedTransfer } from './book-state.ts';
import type { Book } from './book.ts';
import type { AccountLimits } from './limits.ts';
import type { Memory } from './memory.ts';

type Writes = ReturnType<typeof createWrites>;

/** What a book gathered. */
export type Gathered = Omit<Book, 'account' | 'hold' | 'limited' | 'post' | 'expire'>;

/** What a door that remembers ids adds to the rows of a book. */
export type Remembering = Pick<Memory, 'hashOf' | 'results'>;

/** The statements that write a book; those without rows are left out. */
export function writingOf(writes: Writes, book: Gathered, memory: Remembering | null): Statement[] {
  const all = Object.values(writes);
  for (const statement of all) statement.reset();
  for (const transfer of book.transfers) {
    if (memory === null && isPlain(transfer)) addTransfer(writes, transfer);
    else addDescribedTransfer(writes, transfer, memory?.hashOf(transfer.id) ?? null);
  }
  addEntries(writes, book);
  addHolds(writes, book, memory);
  for (const account of book.changed) {
    const { id, balance_minor, held_minor, version } = writes.accounts.columns;
    id.add(account.id);
    balance_minor.add(account.balanceMinor);
    held_minor.add(account.heldMinor);
    version.add(account.version);
    if (account.limits?.isUsed === true) addUsage(writes, account.id, account.limits);
  }
  if (memory !== null) addResults(writes, memory);
  return all.filter((statement) => statement.count() > 0).map((statement) => statement.statement());
}

function addUsage({ usage }: Writes, accountId: bigint, limits: AccountLimits): void {
  usage.columns.account_id.add(accountId);
  usage.columns.day.add(limits.day);
  usage.columns.day_minor.add(limits.dayMinor);
  usage.columns.month_minor.add(limits.monthMinor);
}

/** Is there no more to say of it than the processors say of almost all of theirs? */
function isPlain({ holdId, chainId, reverses, effectiveAtMs }: PostedTransfer): boolean {
  const more = holdId ?? chainId ?? reverses ?? effectiveAtMs ?? null;
  return more === null;
}

function addTransfer({ transfers }: Writes, transfer: PostedTransfer): void {
  const { id, kind, payment_id, intent_id } = transfers.columns;
  id.add(transfer.id);
  kind.add(transfer.kind);
  payment_id.add(transfer.paymentId);
  intent_id.add(transfer.intentId);
}

function addDescribedTransfer(writes: Writes, transfer: PostedTransfer, hash: string | null): void {
  const { columns } = writes.describedTransfers;
  columns.id.add(transfer.id);
  columns.kind.add(transfer.kind);
  columns.payment_id.add(transfer.paymentId);
  columns.intent_id.add(transfer.intentId);
  columns.payload_hash.add(bytesOf(hash));
  columns.effective_at.add(transfer.effectiveAtMs ?? null);
  columns.hold_id.add(transfer.holdId ?? null);
  columns.reverses.add(transfer.reverses ?? null);
  columns.chain_id.add(transfer.chainId ?? null);
  columns.reference.add(transfer.reference ?? null);
  columns.metadata.add(jsonOf(transfer.metadata));
}

function addEntries(writes: Writes, book: Gathered): void {
  const isPlain = book.entries.every(({ effectiveAtMs }) => effectiveAtMs === null);
  const { columns } = isPlain ? writes.entries : writes.backDatedEntries;
  for (const entry of book.entries) {
    columns.account_id.add(entry.accountId);
    columns.version.add(entry.version);
    columns.transfer_id.add(entry.transferId);
    columns.amount_minor.add(entry.amountMinor);
    columns.balance_after_minor.add(entry.balanceAfterMinor);
    if (!isPlain) writes.backDatedEntries.columns.effective_at.add(entry.effectiveAtMs);
  }
}

function addHolds(writes: Writes, book: Gathered, memory: Remembering | null): void {
  const { columns } = writes.newHolds;
  for (const hold of book.newHolds) {
    columns.id.add(hold.id);
    columns.account_id.add(hold.accountId);
    columns.amount_minor.add(hold.amountMinor);
    columns.payment_id.add(hold.paymentId);
    columns.reason.add(hold.reason);
    columns.expires_in.add(hold.expiresInSeconds);
    columns.captured_minor.add(hold.capturedMinor);
    columns.state.add(hold.state);
    columns.payload_hash.add(bytesOf(memory?.hashOf(hold.id) ?? null));
    columns.reference.add(hold.reference ?? null);
    columns.metadata.add(jsonOf(hold.metadata));
  }
  const { id, captured_minor, state } = writes.changedHolds.columns;
  for (const hold of book.changedHolds) {
    id.add(hold.id);
    captured_minor.add(hold.capturedMinor);
    state.add(hold.state);
  }
}

function addResults({ results }: Writes, memory: Remembering): void {
  const { columns } = results;
  for (const result of memory.results) {
    columns.id.add(result.id);
    columns.payload_hash.add(bytesOf(result.payloadHash));
    columns.kind.add(result.kind);
    columns.refusal.add(result.refusal);
    columns.refused_item.add(result.refusedItem);
  }
}

function bytesOf(hex: string | null): Buffer | null {
  return hex === null ? null : Buffer.from(hex, 'hex');
}

function jsonOf(metadata: Readonly<Record<string, string>> | null | undefined): string | null {
  return metadata === null || metadata === undefined ? null : JSON.stringify(metadata);
}

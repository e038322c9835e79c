import {
  accountsOfDispute,
  createBookStore,
  decideDispute,
  disputePolicyOf,
  findDueDisputes,
  readingOf,
  walletsIn,
} from '@wallet/core-ledger';
import type { Book, Connection, Database, DueDisputes, OutboxBatch } from '@wallet/core-ledger';
import type { Desk } from '../posting/kind.ts';
import { createDisputeChanges, disputedPaymentOf } from './dispute-changes.ts';
import type { DisputeChanges } from './dispute-changes.ts';
import { partiesOf } from './dispute-parties.ts';

/** `claimed` disputes were looked at; `done` of them were still due and have gone on. */
export type DisputeTimer = (
  limit: number,
) => Promise<{ claimed: number; done: number; batches: readonly OutboxBatch[] }>;

/**
 * Ends what waited until its deadline, the oldest first, by the rules that decide commands. One
 * transaction a call; any number of them may run at once: accounts that somebody has locked are
 * left for the next call, and disputes are read after that. The desk is its own.
 * Faults: those of the connection; then nothing changed, or after `commit_unknown` perhaps all.
 */
export function createDisputeTimer(deps: {
  connection: Pick<Connection, 'begin'>;
  database: Database;
  desk: Desk;
}): DisputeTimer {
  const { connection, database, desk } = deps;
  const { payments, disputes, terms, changes, outbox } = desk;
  const books = createBookStore();
  const applied = createDisputeChanges(desk, disputes);
  const shelves = [payments, disputes, terms];
  const writers = [...shelves, applied, changes];
  return async (limit) => {
    const due = await findDueDisputes(database.knex, limit);
    if (due.disputes.length === 0) return { claimed: 0, done: 0, batches: [] };
    for (const writer of [...writers, outbox]) writer.reset();
    const accounts = await askFor(desk, due);
    const reading = readingOf(shelves);
    const transaction = await connection.begin([books.lockFree(accounts), ...reading.statements]);
    try {
      const [locked, ...rows] = transaction.answers;
      reading.open(rows);
      const book = locked === undefined ? null : books.open(locked);
      const done = book === null ? 0 : endAll(desk, applied, due, book);
      if (book === null || done === 0) {
        await transaction.rollback();
        return { claimed: due.disputes.length, done: 0, batches: [] };
      }
      const writes = [...books.write(book), ...writers.flatMap((writer) => writer.statements())];
      const answers = await transaction.commit([...writes, ...outbox.statements()]);
      const batches = outbox.batchesOf(answers.slice(writes.length));
      return { claimed: due.disputes.length, done, batches };
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
}

/** Loads the facts, asks for the rows and answers the accounts to be locked. */
async function askFor(desk: Desk, { disputes: due }: DueDisputes): Promise<Set<bigint>> {
  const { wallets, paymentFacts, payments, disputes, terms } = desk;
  await paymentFacts.load(due.map(({ paymentId }) => paymentId));
  const facts = due.flatMap(({ paymentId }) => paymentFacts.get(paymentId) ?? []);
  const payers = facts.map(({ payerWalletId }) => payerWalletId);
  const payees = facts.map(({ payeeWalletId }) => payeeWalletId);
  await wallets.load([...payers, ...payees]);
  await wallets.complete(payers, ['receivable']);
  await wallets.complete(payees, ['receivable', 'dispute_reserve']);
  const accounts = new Set<bigint>();
  for (const { id, paymentId } of due) {
    const parties = partiesOf(desk, paymentId);
    for (const account of parties === null ? [] : accountsOfDispute(parties)) accounts.add(account);
    terms.ask(parties?.payee);
    disputes.ask(id);
    disputes.askOf(paymentId);
  }
  for (const one of facts) payments.ask(one);
  return accounts;
}

function endAll(
  desk: Desk,
  changes: DisputeChanges,
  { disputes: due, nowMs: atMs }: DueDisputes,
  book: Book,
): number {
  const { payments, disputes, terms } = desk;
  let done = 0;
  for (const { id, paymentId } of due) {
    const dispute = disputes.get(id);
    const payment = payments.get(paymentId);
    const parties = partiesOf(desk, paymentId);
    if (dispute === undefined || payment === undefined || parties === null) continue;
    // Somebody was faster, or has the accounts just now.
    if (dispute.dueAtMs === null || dispute.dueAtMs > atMs) continue;
    if (accountsOfDispute(parties).some((one) => book.account(one) === undefined)) continue;
    const command = { action: 'deadline', by: 'timer', actorId: null, atMs } as const;
    const decided = decideDispute(dispute, command, {
      payment: disputedPaymentOf(payment, disputes),
      wallets: walletsIn(book, parties),
      policy: disputePolicyOf(terms.get(payment.payeeWalletId)),
    });
    if (!decided.ok) continue;
    const actor = { actor: 'timer', role: 'system', reason: 'deadline', requestId: null } as const;
    changes.apply(decided, { intentId: null, atMs, actor, headers: {} }, parties, book);
    done += 1;
  }
  return done;
}

import { createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { disputeColumns, disputeOf, openStatuses } from './columns.ts';
import type { Dispute } from './dispute.ts';
import { isOpen } from './dispute.ts';
import { addDispute, createDisputeWriting } from './writing.ts';

/**
 * The disputes of a batch, read behind the locks on accounts and written once. Whoever changes a
 * dispute holds its payer's account: the rows need no locks of their own.
 */
export type DisputeShelf = {
  reset(): void;
  /** Wants the dispute of that id, if there is one. */
  ask(disputeId: string): void;
  /** Wants the open dispute of the payment, if there is one. */
  askOf(paymentId: string): void;
  reads(): Statement[];
  open(answers: readonly Answer[]): void;
  /** As the last change left it. */
  get(disputeId: string): Dispute | undefined;
  /** The one open dispute of a payment that was asked for. */
  openOf(paymentId: string): Dispute | undefined;
  /** A new dispute or a changed one. `askedMinor` is what a new one asked for; 0 is all. */
  change(dispute: Dispute, askedMinor?: bigint): void;
  statements(): Statement[];
};

export function createDisputeShelf(): DisputeShelf {
  const reading = createBatchStatement({
    name: 'read_disputes',
    text: `select ${disputeColumns} from dispute d where d.id = any($1::uuid[])
      union all
      select ${disputeColumns} from dispute d
        where d.payment_id = any($2::uuid[]) and d.status in ${openStatuses}`,
    columns: { id: 'uuid', payment_id: 'uuid' },
  });
  const writing = createDisputeWriting();
  const rows = new Map<string, Dispute>();
  const changed = new Map<string, bigint>();
  return {
    reset() {
      reading.reset();
      rows.clear();
      changed.clear();
    },
    ask: (disputeId) => reading.columns.id.add(disputeId),
    askOf: (paymentId) => reading.columns.payment_id.add(paymentId),
    reads: () =>
      reading.columns.id.count + reading.columns.payment_id.count > 0 ? [reading.statement()] : [],
    open([answer]) {
      for (const row of answer?.rows ?? []) {
        const dispute = disputeOf(row);
        rows.set(dispute.id, dispute);
      }
    },
    get: (disputeId) => rows.get(disputeId),
    openOf: (paymentId) =>
      [...rows.values()].find((dispute) => dispute.paymentId === paymentId && isOpen(dispute)),
    change(dispute, askedMinor = 0n) {
      rows.set(dispute.id, dispute);
      // In the order of the last change: one that ends makes room for one that is opened.
      const asked = changed.get(dispute.id) ?? askedMinor;
      changed.delete(dispute.id);
      changed.set(dispute.id, asked);
    },
    statements() {
      if (changed.size === 0) return [];
      writing.reset();
      for (const [id, askedMinor] of changed) {
        const dispute = rows.get(id);
        if (dispute !== undefined) addDispute(writing, dispute, askedMinor);
      }
      return [writing.statement()];
    },
  };
}

import { createBatchInsert, createBatchStatement } from '../database/statements.ts';
import type { Shelf } from '../database/shelf.ts';
import { settlementColumns, settlementOf, settlementWriting } from './columns.ts';
import type { Settlement } from './settlement.ts';

/** A transfer that a settlement has made. */
export type SettlementTransfer = {
  readonly transferId: string;
  readonly settlementId: string;
  readonly amountMinor: bigint;
  readonly kind: 'settlement' | 'settlement_confirmation' | 'settlement_return';
};

/**
 * The settlements of a batch, read and written once. Whoever changes one holds its merchant's
 * accounts: the rows need no locks of their own.
 */
export type SettlementShelf = Shelf & {
  ask(settlementId: string): void;
  /** Wants those of a payment, and the merchant's one that waits for approval. */
  askOf(of: { walletId: string; paymentId: string | null }): void;
  /** As the last change left it. */
  get(settlementId: string): Settlement | undefined;
  /** The one that waits for approval. */
  waitingOf(walletId: string): Settlement | undefined;
  /** Whatever became of it, but for failure. */
  ofPayment(paymentId: string): Settlement | undefined;
  put(settlement: Settlement): void;
  addTransfer(transfer: SettlementTransfer): void;
};

export function createSettlementShelf(): SettlementShelf {
  const { reading, transfers } = shelfStatements();
  const writing = settlementWriting();
  const rows = new Map<string, Settlement>();
  const put = new Set<string>();
  const find = (is: (settlement: Settlement) => boolean) => [...rows.values()].find(is);
  return {
    reset() {
      for (const statement of [reading, transfers, writing.statement]) statement.reset();
      rows.clear();
      put.clear();
    },
    ask: (settlementId) => reading.columns.id.add(settlementId),
    askOf({ walletId, paymentId }) {
      reading.columns.wallet_id.add(walletId);
      if (paymentId !== null) reading.columns.payment_id.add(paymentId);
    },
    reads: () =>
      Object.values(reading.columns).some(({ count }) => count > 0) ? [reading.statement()] : [],
    open([answer]) {
      for (const row of answer?.rows ?? []) {
        const settlement = settlementOf(row);
        rows.set(settlement.id, settlement);
      }
    },
    get: (settlementId) => rows.get(settlementId),
    waitingOf: (walletId) =>
      find((row) => row.walletId === walletId && row.status === 'pending_approval'),
    ofPayment: (paymentId) => find((row) => row.paymentId === paymentId && row.status !== 'failed'),
    put(settlement) {
      rows.set(settlement.id, settlement);
      put.add(settlement.id);
    },
    addTransfer({ transferId, settlementId, amountMinor, kind }) {
      transfers.columns.transfer_id.add(transferId);
      transfers.columns.settlement_id.add(settlementId);
      transfers.columns.amount_minor.add(amountMinor);
      transfers.columns.kind.add(kind);
    },
    statements() {
      writing.statement.reset();
      for (const id of put) {
        const settlement = rows.get(id);
        if (settlement !== undefined) writing.add(settlement);
      }
      return [writing.statement, transfers]
        .filter((statement) => statement.count() > 0)
        .map((statement) => statement.statement());
    },
  };
}

function shelfStatements() {
  const reading = createBatchStatement({
    name: 'read_settlements',
    text: `select ${settlementColumns} from settlement s where s.id = any($1::uuid[])
      union
      select ${settlementColumns} from settlement s
        where s.wallet_id = any($2::uuid[]) and s.status = 'pending_approval'
      union
      select ${settlementColumns} from settlement s
        where s.payment_id = any($3::uuid[]) and s.status <> 'failed'`,
    columns: { id: 'uuid', wallet_id: 'uuid', payment_id: 'uuid' },
  });
  const transfers = createBatchInsert('settlement_transfer', {
    ...{ transfer_id: 'uuid', settlement_id: 'uuid', amount_minor: 'int8', kind: 'text' },
  });
  return { reading, transfers };
}

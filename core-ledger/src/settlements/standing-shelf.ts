import type { Shelf } from '../database/shelf.ts';
import type { SettlementItem } from './batch.ts';
import type { Standing } from './standing.ts';
import { movementOf, standingOf, standingStatements } from './standing-statements.ts';

/**
 * Where the merchants of a batch stand, read and written once. Whoever makes or ends a settlement
 * holds the merchant's accounts: the rows need no locks of their own.
 */
export type StandingShelf = Shelf & {
  ask(walletId: string): void;
  /** With what waits for a batch. */
  askMovements(walletId: string): void;
  /** As the last change left it; undefined when there is no such wallet of a merchant. */
  get(walletId: string): Standing | undefined;
  put(standing: Standing): void;
  addItem(settlement: { id: string; walletId: string }, item: SettlementItem): void;
  /** Lets the items of a batch wait again. */
  release(settlementId: string): void;
};

/** `itemsAtMost`: a batch takes no more; what is left waits for the merchant's next one. */
export function createStandingShelf({ itemsAtMost = 50_000 } = {}): StandingShelf {
  const { standings, movements, positions, items, releases } = standingStatements();
  const asked = new Set<string>();
  const askedMovements = new Set<string>();
  const known = new Map<string, Standing>();
  const put = new Set<string>();
  return {
    reset() {
      for (const statement of [items, releases]) statement.reset();
      for (const kept of [asked, askedMovements, known, put]) kept.clear();
    },
    ask: (walletId) => void asked.add(walletId),
    askMovements: (walletId) => void (asked.add(walletId), askedMovements.add(walletId)),
    reads() {
      if (asked.size === 0) return [];
      standings.reset();
      for (const id of asked) standings.columns.id.add(id);
      if (askedMovements.size === 0) return [standings.statement()];
      movements.reset();
      for (const id of askedMovements) movements.columns.id.add(id);
      return [standings.statement(), movements.statement(itemsAtMost)];
    },
    open([found, moved]) {
      const waiting = Map.groupBy(moved?.rows ?? [], ([walletId]) => walletId ?? '');
      for (const row of found?.rows ?? []) {
        const standing = standingOf(row);
        const { walletId } = standing;
        const rows = waiting.get(walletId) ?? [];
        const own = askedMovements.has(walletId) ? rows.map(movementOf) : null;
        known.set(walletId, { ...standing, movements: own, isPartial: rows.length >= itemsAtMost });
      }
    },
    get: (walletId) => known.get(walletId),
    put(standing) {
      known.set(standing.walletId, standing);
      put.add(standing.walletId);
    },
    addItem: (settlement, item) => addItem(items.columns, settlement, item),
    release: (settlementId) => releases.columns.settlement_id.add(settlementId),
    statements() {
      positions.reset();
      for (const id of put) {
        const standing = known.get(id);
        if (standing !== undefined) addPosition(positions.columns, standing);
      }
      return [releases, positions, items]
        .filter((statement) => statement.count() > 0)
        .map((statement) => statement.statement());
    },
  };
}

type Statements = ReturnType<typeof standingStatements>;

function addPosition(columns: Statements['positions']['columns'], standing: Standing): void {
  const [credited, debited, available, receivable] = standing.cuts;
  columns.wallet_id.add(standing.walletId);
  columns.carried_minor.add(standing.carriedMinor);
  columns.credited.add(credited);
  columns.debited.add(debited);
  columns.available.add(available);
  columns.receivable.add(receivable);
  columns.seen_version.add(standing.seenVersion);
}

function addItem(
  columns: Statements['items']['columns'],
  { id, walletId }: { id: string; walletId: string },
  item: SettlementItem,
): void {
  columns.settlement_id.add(id);
  columns.wallet_id.add(walletId);
  columns.transfer_id.add(item.transferId);
  columns.payment_id.add(item.paymentId);
  columns.gross_minor.add(item.grossMinor);
  columns.refunds_minor.add(item.refundsMinor);
  columns.disputes_minor.add(item.disputesMinor);
  columns.fees_minor.add(item.feesMinor);
  columns.other_minor.add(item.otherMinor);
  columns.posted_at.add(item.postedAtMs);
  columns.kind.add(item.kind);
}

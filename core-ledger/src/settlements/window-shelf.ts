import { createBatchStatement } from '../database/statements.ts';
import type { Shelf } from '../database/shelf.ts';
import { deriveId } from '../ledger/ids.ts';
import { windowFrom } from './window.ts';
import type { SettlementWindow } from './window.ts';

/** Who closes or opens a window holds the account in transit of its currency. */
export type WindowShelf = Shelf & {
  /** Wants the window that is open. */
  ask(currency: string): void;
  /** The open one; opened by the intent of that id when there is none. */
  openOf(currency: string, intent: { id: string; acceptedAtMs: number }): SettlementWindow;
  /** Closes the open window and opens the next; false when another one is open. */
  close(
    windowId: string,
    intent: { id: string; acceptedAtMs: number; closer: string | null },
  ): boolean;
};

export function createWindowShelf(): WindowShelf {
  const { reading, closing, opening } = shelfStatements();
  const asked = new Set<string>();
  const open = new Map<string, SettlementWindow>();
  const closed = new Map<string, { acceptedAtMs: number; closer: string | null }>();
  const opened = new Map<string, SettlementWindow>();
  const start = (currency: string, from: { id: string; acceptedAtMs: number }) => {
    const id = deriveId(from.acceptedAtMs, from.id, `settlement window ${currency}`);
    const window = windowFrom(id, currency, from.acceptedAtMs);
    open.set(currency, window);
    opened.set(id, window);
    return window;
  };
  return {
    reset() {
      for (const kept of [asked, open, closed, opened]) kept.clear();
    },
    ask: (currency) => void asked.add(currency),
    reads() {
      if (asked.size === 0) return [];
      reading.reset();
      for (const currency of asked) reading.columns.currency.add(currency);
      return [reading.statement()];
    },
    open([answer]) {
      for (const [id, currency, opensAt, closesAt] of answer?.rows ?? []) {
        const ends = { opensAtMs: Number(opensAt), closesAtMs: Number(closesAt), closedAtMs: null };
        open.set(currency ?? '', { id: id ?? '', currency: currency ?? '', ...ends });
      }
    },
    openOf: (currency, intent) => open.get(currency) ?? start(currency, intent),
    close(windowId, intent) {
      const window = [...open.values()].find(({ id }) => id === windowId);
      if (window === undefined) return false;
      const { currency } = window;
      if (opened.has(windowId))
        opened.set(windowId, { ...window, closedAtMs: intent.acceptedAtMs });
      else closed.set(windowId, intent);
      start(currency, intent);
      return true;
    },
    statements() {
      for (const statement of [closing, opening]) statement.reset();
      for (const [id, { acceptedAtMs, closer }] of closed) {
        closing.columns.id.add(id);
        closing.columns.closed_at.add(acceptedAtMs);
        closing.columns.closed_by.add(closer);
      }
      for (const window of opened.values()) addWindow(opening.columns, window);
      return [closing, opening]
        .filter((statement) => statement.count() > 0)
        .map((statement) => statement.statement());
    },
  };
}

function shelfStatements() {
  const reading = createBatchStatement({
    name: 'read_open_windows',
    text: `select id, currency, floor(extract(epoch from opens_at) * 1000)::bigint,
        floor(extract(epoch from closes_at) * 1000)::bigint
      from settlement_window where currency = any($1::text[]) and closed_at is null`,
    columns: { currency: 'text' },
  });
  const closing = createBatchStatement({
    name: 'close_settlement_window',
    text: `update settlement_window w set closed_at = r.closed_at, closed_by = r.closed_by
      from $rows as r (id, closed_at, closed_by) where w.id = r.id and w.closed_at is null`,
    columns: { id: 'uuid', closed_at: 'timestamptz', closed_by: 'uuid' },
  });
  const opening = createBatchStatement({
    name: 'open_settlement_window',
    text: `insert into settlement_window (id, currency, opens_at, closes_at, closed_at)
      select * from $rows`,
    columns: {
      ...{ id: 'uuid', currency: 'text', opens_at: 'timestamptz', closes_at: 'timestamptz' },
      closed_at: 'timestamptz',
    },
  });
  return { reading, closing, opening };
}

function addWindow(
  columns: ReturnType<typeof shelfStatements>['opening']['columns'],
  window: SettlementWindow,
): void {
  columns.id.add(window.id);
  columns.currency.add(window.currency);
  columns.opens_at.add(window.opensAtMs);
  columns.closes_at.add(window.closesAtMs);
  columns.closed_at.add(window.closedAtMs);
}

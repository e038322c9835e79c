export { decideBankLine } from './bank-line.ts';
export type { BankLine, BankLineDecision } from './bank-line.ts';
export { listBankLines } from './bank-line-store.ts';
export type { BankLineView } from './bank-line-store.ts';
export { createBankLineShelf } from './bank-line-shelf.ts';
export type { BankLineShelf } from './bank-line-shelf.ts';
export { accountsOfSettlement, decideSettlement } from './decide.ts';
export { createSettlementShelf } from './shelf.ts';
export type { SettlementShelf } from './shelf.ts';
export { createStandingShelf } from './standing-shelf.ts';
export type { StandingShelf } from './standing-shelf.ts';
export { inTransitOf } from './settlement.ts';
export type { Settlement, SettlementTarget } from './settlement.ts';
export { findSettlement, findSettlementOf, findSettlements, listSettlementItems } from './store.ts';
export type { SettlementView, ShownItem } from './store.ts';
export { listSettlements } from './list.ts';
export type { SettlementCursor } from './list.ts';
export { readSafeguarding } from './safeguarding.ts';
export { decideTransition } from './transition.ts';
export {
  findSettlementWindow,
  finishWindows,
  listDueWindows,
  listMissingBatches,
  listSettlementWindows,
  openMissingWindows,
} from './window-store.ts';
export type { MissingBatch, WindowView } from './window-store.ts';
export { createWindowShelf } from './window-shelf.ts';
export type { WindowShelf } from './window-shelf.ts';

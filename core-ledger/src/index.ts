export { createDatabase } from './database/database.ts';
export type { Database, Queryable } from './database/database.ts';
export { LedgerFault } from './database/fault.ts';
export { assertSchemaCurrent, migrate, migrationStatus } from './database/migrate.ts';
export type { MigrationStatus } from './database/migrate.ts';
export { isRetriable } from './database/sqlstates.ts';
export { accountKinds } from './ledger/chart.ts';
export type { AccountKind, WalletKind } from './ledger/chart.ts';
export { listEntries } from './ledger/entries.ts';
export type { EntryCursor, EntryView } from './ledger/entries.ts';
export { merchantFeeOf } from './payments/fees.ts';
export { isTerminal } from './payments/payment.ts';
export type {
  PaymentEventName,
  PaymentFailure,
  PaymentStatus,
  PaymentView,
  ShownStatus,
} from './payments/payment.ts';
export { findPayment } from './payments/store.ts';
export { findTopUp } from './top-ups/store.ts';
export type { TopUpFailure, TopUpStatus, TopUpView } from './top-ups/top-up.ts';
export { createWalletFacts, findWallets } from './wallets/facts.ts';
export type { WalletFactsCache } from './wallets/facts.ts';
export { findWalletViews, openWallets, walletViewsOfOwner } from './wallets/store.ts';
export type { WalletToOpen } from './wallets/store.ts';
export type { WalletFacts, WalletStatus, WalletView } from './wallets/wallet.ts';
export * from './fraud/index.ts';
export { findIntents } from './intents/accepted.ts';
export type { KnownIntent } from './intents/accepted.ts';
export {
  findEndedSessions,
  insertSession,
  listRevokedSessions,
  revokeSession,
  rotateSession,
} from './sessions/store.ts';
export type { Rotation, Session } from './sessions/session.ts';
export { findUserByEmail, insertUser } from './users/store.ts';
export { userRoles } from './users/user.ts';
export type { User, UserRole } from './users/user.ts';

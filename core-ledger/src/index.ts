export { createDatabase } from './database/database.ts';
export type { Database, Queryable } from './database/database.ts';
export { LedgerFault } from './database/fault.ts';
export { assertSchemaCurrent, migrate, migrationStatus } from './database/migrate.ts';
export type { MigrationStatus } from './database/migrate.ts';
export { isRetriable } from './database/sqlstates.ts';
export type { AccountKind, WalletKind } from './ledger/chart.ts';
export { readGauges } from './gauges/store.ts';
export type { LedgerGauges, Waiting } from './gauges/store.ts';
export { archiveMonths } from './ledger/journal/archive.ts';
export type { ArchiveRefusal, ArchiveResult } from './ledger/journal/archive.ts';
export { createMonthsAhead } from './ledger/journal/months.ts';
export { exportLedger } from './ledger/transport/export.ts';
export { importLedger } from './ledger/transport/import.ts';
export type { ImportResult } from './ledger/transport/import.ts';
export { listEntries } from './ledger/reads/entries.ts';
export type { EntryCursor } from './ledger/reads/entries.ts';
export type { EntryView } from './ledger/reads/entry-view.ts';
export type { AccountBalance, PastBalance } from './ledger/reads/balances.ts';
export type { WalletOverview } from './ledger/reads/overview.ts';
export type { LedgerReads } from './ledger/reads/reads.ts';
export type { AccountStatement, StatementResult } from './ledger/reads/statement.ts';
export type { TrialBalance } from './ledger/reads/trial-balance.ts';
export { firstEvents } from './payments/payment.ts';
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
export { findIntents, hasIntents } from './intents/accepted.ts';
export type { KnownIntent } from './intents/accepted.ts';
export {
  consumeRecord,
  deleteExpiredRecords,
  deleteRecord,
  findRecord,
  putRecord,
  sessionOfRecord,
} from './sessions/records.ts';
export type { ProviderRecord } from './sessions/records.ts';
export {
  findEndedSessions,
  insertSession,
  listRevokedSessions,
  revokeSession,
} from './sessions/store.ts';
export {
  findServiceClient,
  insertServiceClient,
  revokeServiceClient,
  rotateClientSecret,
} from './users/clients.ts';
export type { ServiceClient } from './users/clients.ts';
export { admitExternalUser } from './users/external.ts';
export { erasePerson, sealPlainUsers } from './users/people.ts';
export {
  listSigningKeys,
  makeSigningKeys,
  newestSigningKey,
  requestSigningKey,
} from './users/signing-keys.ts';
export type { SigningKeyRow } from './users/signing-keys.ts';
export { findRole, findUserByEmail, insertUser } from './users/store.ts';
export { userRoles } from './users/user.ts';
export type { NewUser, User, UserRole } from './users/user.ts';
export { createVault, decrypt, deriveMasterKey, encrypt } from './users/vault.ts';
export type { Person, Vault } from './users/vault.ts';
export { decideNotifications } from './notifications/decide.ts';
export type { Notification, NotificationTemplate } from './notifications/notification.ts';
export { createNotificationStore, listNotifications } from './notifications/store.ts';
export type { NotificationView } from './notifications/store.ts';
export { createOffsetWriter, readOffsets } from './offsets/store.ts';
export type { OffsetMove } from './offsets/store.ts';
export { createConnection } from './database/connection.ts';
export type { Connection, Transaction } from './database/connection.ts';
export { StatementFault } from './database/session.ts';
export type { Answer, Statement } from './database/statements.ts';
export { createDecisionWriter } from './decisions/writer.ts';
export { createIntentWriter } from './intents/writer.ts';
export type { RecordedIntent } from './intents/writer.ts';
export { createBookStore } from './ledger/book-store.ts';
export type { Book } from './ledger/book.ts';
export { deriveId } from './ledger/ids.ts';
export { post } from './ledger/post.ts';
export { createRelayStore } from './outbox/relay-store.ts';
export type { RelayStore, UnpublishedBatch } from './outbox/relay-store.ts';
export { createOutboxWriter } from './outbox/writer.ts';
export type { OutboxBatch, OutboxRecord, OutboxWriter } from './outbox/writer.ts';
export { createParkedStore } from './parked/store.ts';
export type { DueRecord, ParkedRecord, ParkedStore } from './parked/store.ts';
export { accountsOfPayment, decidePayment } from './payments/decide.ts';
export type { PaymentOutcome } from './payments/decide.ts';
export type { TimedChange } from './payments/timed.ts';
export { createPaymentTimer } from './payments/timer.ts';
export type { PaymentTimer } from './payments/timer.ts';
export { createPaymentWriter } from './payments/writer.ts';
export { accountsOfTopUp, decideTopUp } from './top-ups/decide.ts';
export type { TopUpOutcome } from './top-ups/decide.ts';
export { createTopUpWriter } from './top-ups/writer.ts';
export { payingAccountOf } from './wallets/wallet.ts';
export { invariants } from './invariants/invariants.ts';
export { checkInvariant, verifyInvariants } from './invariants/verify.ts';
export type { InvariantResult } from './invariants/verify.ts';
export type { StatusChange, StatusResult } from './ledger/account-status.ts';
export type { AccountToOpen } from './ledger/accounts.ts';
export type {
  CaptureItem,
  ChainItem,
  Condition,
  HoldItem,
  LedgerItem,
  Leg,
  PostResult,
  Refusal,
  ReversalItem,
  SingleItem,
  TransferItem,
  VoidItem,
} from './ledger/items.ts';
export { createLedger } from './ledger/ledger.ts';
export type { Ledger } from './ledger/ledger.ts';
export { createStuckAccounts } from './ledger/stuck-accounts.ts';
export type { StuckAccounts } from './ledger/stuck-accounts.ts';
export { createSealer } from './chain/seal.ts';
export type { Sealed, Sealer } from './chain/seal.ts';
export { verifyChain } from './chain/verify-chain.ts';
export type { ChainFault, ChainVerdict } from './chain/verify-chain.ts';

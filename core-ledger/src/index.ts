export type { ActionNoun, ActionStatus, ActionView } from './actions/action.ts';
export { findAction } from './actions/store.ts';
export { createActionWriter } from './actions/writer.ts';
export type { ActorRole, ChangedObject, HistoryRow, ObjectChange } from './changes/change.ts';
export { findChanges, recordChange } from './changes/store.ts';
export { createChangeWriter } from './changes/writer.ts';
export type { ChangeWriter } from './changes/writer.ts';
export { createDatabase } from './database/database.ts';
export type { Database, Queryable } from './database/database.ts';
export { LedgerFault } from './database/fault.ts';
export { assertSchemaCurrent, migrate, migrationStatus } from './database/migrate.ts';
export type { MigrationStatus } from './database/migrate.ts';
export { readingOf } from './database/shelf.ts';
export type { Shelf, Writer } from './database/shelf.ts';
export { isRetriable } from './database/sqlstates.ts';
export type { AccountKind, WalletAccountKind, WalletKind } from './ledger/chart.ts';
export { countHandled, listHandled, markHandled } from './dead-letters/store.ts';
export type { HandledLetter, LetterPlace } from './dead-letters/store.ts';
export { readScored } from './decisions/reads.ts';
export type { ScoredRow } from './decisions/reads.ts';
export * from './disputes/index.ts';
export { createDebtWriter } from './debts/writer.ts';
export { collectDebts } from './debts/collect.ts';
export { overdueKinds, readGauges, takesWrites } from './gauges/store.ts';
export type { LedgerGauges, Waiting } from './gauges/store.ts';
export { archiveMonths } from './ledger/journal/archive.ts';
export type { ArchiveRefusal, ArchiveResult } from './ledger/journal/archive.ts';
export { createMonthsAhead } from './ledger/journal/months.ts';
export { exportLedger } from './ledger/transport/export.ts';
export { importLedger } from './ledger/transport/import.ts';
export type { ImportResult } from './ledger/transport/import.ts';
export { listEntries } from './ledger/reads/entries.ts';
export type { EntryCursor } from './ledger/reads/entries.ts';
export type { EntryView, WalletEntryView } from './ledger/reads/entry-view.ts';
export type { AccountBalance, PastBalance } from './ledger/reads/balances.ts';
export type { WalletOverview } from './ledger/reads/overview.ts';
export type { LedgerReads } from './ledger/reads/reads.ts';
export type { AccountStatement, StatementResult } from './ledger/reads/statement.ts';
export type { TrialBalance } from './ledger/reads/trial-balance.ts';
export { openWalletStatement, readWalletEntries } from './ledger/reads/wallet-statement.ts';
export type { WalletStatement } from './ledger/reads/wallet-statement.ts';
export { acceptedRow, findPaymentHistory } from './payments/history.ts';
export { listPayments } from './payments/list.ts';
export type { PaymentCursor, PaymentFilter } from './payments/list.ts';
export { firstEvents, isTerminal } from './payments/payment.ts';
export type {
  PaymentAction,
  PaymentEventName,
  PaymentFailure,
  PaymentStatus,
  PaymentView,
  ShownStatus,
} from './payments/payment.ts';
export { findPayment, findPayments } from './payments/store.ts';
export { findTopUp } from './top-ups/store.ts';
export type { TopUpFailure, TopUpStatus, TopUpView } from './top-ups/top-up.ts';
export { createWalletFacts, findWallets } from './wallets/facts.ts';
export type { WalletFactsCache } from './wallets/facts.ts';
export { readUsersSince } from './wallets/since.ts';
export { findWalletViews, openWallets, walletViewsOfOwner } from './wallets/store.ts';
export type { WalletToOpen } from './wallets/store.ts';
export type { WalletFacts, WalletStatus, WalletView } from './wallets/wallet.ts';
export * from './cases/index.ts';
export * from './fraud/index.ts';
export * from './backtests/index.ts';
export * from './lists/index.ts';
export * from './rulesets/index.ts';
export * from './shadow/index.ts';
export * from './webhooks/index.ts';
export * from './tickets/index.ts';
export { explainDecision, findDecidingRules } from './decisions/explain.ts';
export type { Explanation } from './decisions/explain.ts';
export { findScored, sampleScored } from './decisions/store.ts';
export { findIntents, hasIntents } from './intents/accepted.ts';
export type { KnownIntent } from './intents/accepted.ts';
export type { IntentKind } from './intents/kinds.ts';
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
export { erasePerson, findPeople } from './users/people.ts';
export { renewPersons, renewSigningKeys, renewWebhookSecrets } from './users/master-key.ts';
export type { Renewal } from './users/master-key.ts';
export {
  listSigningKeys,
  makeSigningKeys,
  newestSigningKey,
  requestSigningKey,
  signingKeyPurpose,
} from './users/signing-keys.ts';
export type { SigningKeyRow } from './users/signing-keys.ts';
export { findRole, findUserByEmail, insertUser } from './users/store.ts';
export { nobody, userRoles } from './users/user.ts';
export type { NewUser, User, UserRole } from './users/user.ts';
export { createMasterSeal, createVault } from './users/vault.ts';
export type { MasterSeal, Person, Vault } from './users/vault.ts';
export * from './emails/index.ts';
export { decideNotifications, templateOf } from './notifications/decide.ts';
export type { PartiesFact } from './notifications/decide.ts';
export { notificationTemplates } from './notifications/notification.ts';
export type { NotificationTemplate } from './notifications/notification.ts';
export {
  criticalTemplates,
  findPreferences,
  putPreferences,
  readWishes,
  wishesOf,
} from './notifications/preferences.ts';
export type { Channels, Wishes } from './notifications/preferences.ts';
export { interestedOf, readInterest } from './notifications/interest.ts';
export { isTimeZone } from './notifications/local-time.ts';
export { findProfile, putProfile, readersOf, readReaders } from './notifications/profile.ts';
export type { NotificationProfile, Reader } from './notifications/profile.ts';
export { renderDigest, renderMessage } from './notifications/templates/render.ts';
export { sendNotification } from './notifications/send.ts';
export { createNotificationStore, isToldAgain, listNotifications } from './notifications/store.ts';
export type { NotificationStore, NotificationView } from './notifications/store.ts';
export { createLimitRefusalWriter, findLimitRefusal } from './limits/refusals.ts';
export { listTiers, putTier } from './limits/tiers.ts';
export type { KycTier } from './limits/tiers.ts';
export type { LimitKind, LimitRefusal } from './ledger/limits.ts';
export { longestClearingSeconds } from './merchants/settings.ts';
export type { MerchantSettings } from './merchants/settings.ts';
export {
  beginMerchantSettings,
  findMerchantSettings,
  putMerchantSettings,
} from './merchants/store.ts';
export { disputePolicyOf, termsBounds } from './merchants/terms.ts';
export type { MerchantTerms } from './merchants/terms.ts';
export { createTermsShelf } from './merchants/terms-shelf.ts';
export type { TermsShelf } from './merchants/terms-shelf.ts';
export { findMerchantTerms, putMerchantTerms, shownTerms } from './merchants/terms-store.ts';
export { listRestrictedWallets, setWalletStatus, setWalletTier } from './wallets/control.ts';
export type { OrderRefusal, WalletOrder } from './wallets/control.ts';
export {
  accountsOfWithdrawal,
  decideWithdrawal,
  decideWithdrawalAction,
} from './withdrawals/decide.ts';
export type { Withdrawal } from './withdrawals/decide.ts';
export { createWithdrawalShelf } from './withdrawals/shelf.ts';
export type { WithdrawalShelf } from './withdrawals/shelf.ts';
export { findWithdrawal, listInTransit } from './withdrawals/store.ts';
export type { WithdrawalAction, WithdrawalView } from './withdrawals/withdrawal.ts';
export * from './settlements/index.ts';
export { createPlatformFacts } from './ledger/platform.ts';
export type { PlatformFacts } from './ledger/platform.ts';
export { createClearing } from './merchants/clearing.ts';
export type { Clearing, ClearingRun } from './merchants/clearing.ts';
export { createOffsetWriter, readOffsets } from './offsets/store.ts';
export type { OffsetMove } from './offsets/store.ts';
export { createConnection } from './database/connection.ts';
export type { Connection, Transaction } from './database/connection.ts';
export { StatementFault } from './database/session.ts';
export type { Answer, Statement } from './database/statements.ts';
export { createDecisionWriter } from './decisions/writer.ts';
export { createIntentWriter, isRecordedAgain } from './intents/writer.ts';
export type { RecordedIntent } from './intents/writer.ts';
export { createBookStore } from './ledger/book-store.ts';
export type { Hold } from './ledger/book-state.ts';
export type { Book } from './ledger/book.ts';
export { deriveId } from './ledger/ids.ts';
export { post } from './ledger/post.ts';
export { createRelayStore } from './outbox/relay-store.ts';
export type { RelayStore, UnpublishedBatch } from './outbox/relay-store.ts';
export { createOutboxWriter } from './outbox/writer.ts';
export type { OutboxBatch, OutboxRecord, OutboxWriter } from './outbox/writer.ts';
export { createParkedStore } from './parked/store.ts';
export type { DueRecord, ParkedRecord, ParkedStore } from './parked/store.ts';
export { decidePaymentAction, objectionTo } from './payments/actions.ts';
export type { ActionFailure, ActionOutcome } from './payments/actions.ts';
export { accountsOfPayment, decidePayment } from './payments/decide.ts';
export type { PaymentOutcome } from './payments/decide.ts';
export { createPaymentFacts } from './payments/facts.ts';
export type { PaymentFacts, PaymentFactsCache } from './payments/facts.ts';
export { createPaymentShelf } from './payments/shelf.ts';
export type { LockedPayment, PaymentShelf } from './payments/shelf.ts';
export { accountsOfRefund, decideRefund, endRefund } from './refunds/decide.ts';
export type { RefundOutcome } from './refunds/decide.ts';
export type { Refund, RefundFailure, RefundStatus, RefundView } from './refunds/refund.ts';
export { createRefundRetry } from './refunds/retry.ts';
export type { RefundRetry } from './refunds/retry.ts';
export { createRefundShelf } from './refunds/shelf.ts';
export type { RefundShelf } from './refunds/shelf.ts';
export { findRefund, findRefundabilities, listRefunds } from './refunds/store.ts';
export type { Refundability } from './refunds/store.ts';
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

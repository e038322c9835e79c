import { ledger } from './0001-ledger.ts';
import { pipeline } from './0002-pipeline.ts';
import { audit } from './0003-audit.ts';
import { identity } from './0004-identity.ts';
import { messagesAndLists } from './0005-messages-and-lists.ts';
import { ledgerCore } from './0006-ledger-core.ts';
import { applicationRole } from './0007-application-role.ts';
import { accountStatus } from './0008-account-status.ts';
import { identityService } from './0009-identity-service.ts';
import { paymentTimers } from './0010-payment-timers.ts';
import { history } from './0011-history.ts';
import { noPlainPersons } from './0012-no-plain-persons.ts';
import { commands } from './0013-commands.ts';
import { refunds } from './0014-refunds.ts';
import { disputes } from './0015-disputes.ts';
import { merchantsAndLimits } from './0017-merchants-and-limits.ts';
import { withdrawals } from './0018-withdrawals.ts';
import { fraudDesk } from './0019-fraud-desk.ts';
import { fraudCases } from './0020-fraud-cases.ts';
import { backtests } from './0022-backtests.ts';
import { deadLetters } from './0023-dead-letters.ts';
import { settlements } from './0024-settlements.ts';
import { webhooks } from './0026-webhooks.ts';
import { notificationPreferences } from './0027-notification-preferences.ts';
import { tickets } from './0028-tickets.ts';
import { backtestRollouts } from './0030-backtest-rollouts.ts';
import { settlementsSent } from './0031-settlements-sent.ts';
import { emails } from './0033-emails.ts';
import { merchantTerms } from './0035-merchant-terms.ts';
import { capturedAt } from './0036-captured-at.ts';
import { lookUpsById } from './0037-look-ups-by-id.ts';
import { settlementsOverpaid } from './0038-settlements-overpaid.ts';
import { leanRows } from './0039-lean-rows.ts';
import { settlementsOfOwner } from './0040-settlements-of-owner.ts';

/** A step forward. There is no way back: a mistake is mended by the next migration. */
export type SchemaMigration = { readonly name: string; readonly up: string };

/** Every migration in order. One that has been released is never edited. */
export const migrations: readonly SchemaMigration[] = [
  ledger,
  pipeline,
  audit,
  identity,
  messagesAndLists,
  ledgerCore,
  applicationRole,
  accountStatus,
  identityService,
  paymentTimers,
  history,
  noPlainPersons,
  commands,
  refunds,
  disputes,
  merchantsAndLimits,
  withdrawals,
  fraudDesk,
  fraudCases,
  backtests,
  deadLetters,
  settlements,
  webhooks,
  notificationPreferences,
  tickets,
  backtestRollouts,
  settlementsSent,
  emails,
  merchantTerms,
  capturedAt,
  lookUpsById,
  settlementsOverpaid,
  leanRows,
  settlementsOfOwner,
];

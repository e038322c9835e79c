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
];

import { bounded } from './definition.ts';

export const intentKinds = [
  'payment',
  'top_up',
  'withdrawal',
  'withdrawal_confirmation',
  'withdrawal_return',
  'capture',
  'cancel',
  'approve',
  'reject',
  'refund',
  'refund_cancel',
  'dispute',
  'evidence',
  'submit',
  'accept',
  'withdraw',
  'escalate',
  'decision',
  'appeal',
  'settlement',
  'settlement_transition',
  'settlement_window_close',
  'bank_statement',
  'ticket',
  'ticket_message',
  'ticket_transition',
  'ticket_assignment',
  'ticket_link',
  'ticket_merge',
] as const;
export const stages = [
  'fraud',
  'settlement',
  'commands',
  'tickets',
  'outbox',
  'outcomes',
  'notifications',
  'shadow',
] as const;
/** Of disputes that wait for somebody. */
export const disputeStatuses = [
  'opened',
  'answered',
  'needs_response',
  'under_review',
  'under_appeal',
] as const;
/** For what a settlement waits: a second person, or the bank. */
export const settlementWaits = ['pending_approval', 'in_transit'] as const;
/** How long ago it was sent: within a day, within three, before. */
export const inTransitAges = ['day', 'three_days', 'older'] as const;
/** Of tickets that are not closed. */
export const ticketStatuses = [
  'new',
  'open',
  'pending_customer',
  'pending_internal',
  'resolved',
] as const;
/** What customers of ours are promised. */
export const ticketClocks = ['first_response', 'update', 'resolution'] as const;
export const pendingStates = ['received', 'screening', 'in_review', 'authorized'] as const;
/** What ends at a deadline when nobody has ended it before. */
export const timerJobs = [
  'authorizations',
  'reviews',
  'holds',
  'clearing',
  'rail',
  'refunds',
  'disputes',
  'tickets',
  'ticket_causes',
  'debts',
  'settlements',
] as const;
export const invariantIds = [
  ...['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11'],
  ...['I12', 'I13', 'I14', 'I15', 'I16', 'I17', 'I18', 'I19', 'I20', 'I21', 'I22'],
] as const;
/** What the monitor looks at, each in rounds of its own. */
export const monitorChecks = [
  'lag',
  'database',
  'invariants',
  'dead_letters',
  'chain',
  'months',
  'decisions',
  'redis',
  'registry',
  'heartbeat',
] as const;
export const deadLetterReasons = [
  'not_framed',
  'unknown_schema',
  'schema_not_loaded',
  'undecodable',
  'null_value',
  'too_large',
  'payload_mismatch',
  'broken_invariant',
  'unprocessable',
] as const;

export const topics = bounded(64, 'logical topic names of schemas/src/topics.ts');
export const accountKinds = bounded(32, 'kinds of accounts of core-ledger/src/ledger/chart.ts');
export const groups = bounded(32, 'consumer group names, without prefix');
export const partitions = bounded(256, 'partition numbers');
export const currencies = bounded(200, 'ISO 4217 codes');
/** Families of events that counters of rules are fed with. */
export const outcomeKinds = [
  ...['disputed', 'fraud', 'declined', 'refunded'],
  ...['review_rejected', 'review_approved', 'captured'],
] as const;

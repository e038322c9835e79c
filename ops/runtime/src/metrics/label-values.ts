import { bounded } from './definition.ts';

export const intentKinds = [
  'payment',
  'top_up',
  'withdrawal',
  'capture',
  'cancel',
  'refund',
  'dispute',
] as const;
export const stages = ['fraud', 'settlement', 'outbox', 'notifications'] as const;
export const pendingStates = ['received', 'screening', 'in_review', 'authorized'] as const;
/** What ends at a deadline when nobody has ended it before. */
export const timerJobs = ['authorizations', 'reviews', 'holds'] as const;
export const invariantIds = [
  ...['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11'],
  ...['I12', 'I13', 'I14', 'I15', 'I16', 'I17', 'I18', 'I19', 'I20', 'I21'],
] as const;
/** What the monitor looks at, each in rounds of its own. */
export const monitorChecks = [
  'lag',
  'database',
  'invariants',
  'dead_letters',
  'chain',
  'months',
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
export const groups = bounded(32, 'consumer group names, without prefix');
export const partitions = bounded(256, 'partition numbers');
export const currencies = bounded(200, 'ISO 4217 codes');

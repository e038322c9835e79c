/**
 * Which database errors may pass when the same work is tried again. Two-letter keys are whole
 * classes of SQLSTATE (PostgreSQL manual, appendix A). What is not here is permanent.
 */
const retriableStates: Readonly<Record<string, string>> = {
  '08': 'connection exception',
  '40001': 'serialization failure',
  '40P01': 'deadlock detected',
  '40003': 'statement completion unknown',
  '55P03': 'lock not available within lock_timeout',
  '57014': 'statement canceled, by statement_timeout as a rule',
  '57P01': 'server shut down by an administrator',
  '57P02': 'server crashed',
  '57P03': 'server starting or stopping',
  '57P05': 'idle session time-out',
  '25P03': 'idle in transaction time-out',
  '25P04': 'transaction time-out',
  '25006': 'read-only: a failover is under way',
  '53': 'out of disk, memory or connections',
  '58030': 'input or output error',
};

/** What node's sockets say when the server is away. */
const retriableSocketErrors: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);

/** Texts of pg and knex errors that carry no code. */
const retriableTexts = [
  'Connection terminated',
  'Query read timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Client was closed',
  'Knex: Timeout acquiring a connection',
];

/** The SQLSTATE or socket code of an error, or '' when it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/**
 * May the same work succeed if tried again? Whether the failed try had its effect is another
 * question: after a lost connection or a time-out the outcome is unknown until it is read.
 */
export function isRetriable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('retriable' in error && typeof error.retriable === 'boolean') return error.retriable;
  const code = errorCode(error);
  if (code in retriableStates || code.slice(0, 2) in retriableStates) return true;
  if (retriableSocketErrors.has(code)) return true;
  const text = error instanceof Error ? error.message : '';
  return retriableTexts.some((part) => text.includes(part));
}

import knex from 'knex';
import type { Knex } from 'knex';

/** The pool for reads and small writes. */
export type Database = { knex: Knex; close(): Promise<void> };

/** What runs SQL: the pool itself or an open transaction of it. */
export type Queryable = Knex;

const connectTimeoutMs = 5_000;
/** Longer than any read of ours takes; a statement beyond it is lost work. */
const statementTimeoutMs = 15_000;
/** The client gives up after the server did, so that the server's answer is the usual one. */
const queryTimeoutMs = 20_000;
/** A transaction whose client fell silent must not keep accounts locked. */
const idleInTransactionTimeoutMs = 5_000;

/**
 * Opens the pool. Nothing connects before the first query.
 * `onError` hears of idle connections that break (the pool replaces them by itself).
 * Faults: errors of the server and the sockets; see `isRetriable`.
 */
export function createDatabase(options: {
  url: string;
  applicationName: string;
  poolSize?: number;
  onError?: (error: Error) => void;
}): Database {
  const { url, applicationName, poolSize = 5, onError } = options;
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: queryTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
      keepAlive: true,
    },
    acquireConnectionTimeout: connectTimeoutMs,
    pool: {
      min: 0,
      max: poolSize,
      afterCreate: (
        connection: { on(event: 'error', listener: (error: Error) => void): void },
        done: (error: Error | null, connection: unknown) => void,
      ) => {
        // Without a listener an idle backend that is killed would end the process.
        connection.on('error', (error) => onError?.(error));
        done(null, connection);
      },
    },
  });
  return { knex: pool, close: () => pool.destroy() };
}

import knex from 'knex';
import type { Knex } from 'knex';
import { createConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import type { DatabaseRole } from './session.ts';

/** The pool for reads and small writes. */
export type Database = {
  knex: Knex;
  /** A dedicated connection of a batch writer to the same database; the taker closes it. */
  openConnection(purpose: string): Promise<Connection>;
  /** Connections of the pool now, and the callers that wait for one. */
  connections(): { used: number; idle: number; waiting: number };
  close(): Promise<void>;
};

const nothing = (): void => undefined;
const silent = { warn: nothing, error: nothing, deprecate: nothing, debug: nothing };

/** What runs SQL: the pool itself or an open transaction of it. */
export type Queryable = Knex;

const connectTimeoutMs = 5_000;
/** Longer than any read of ours takes; a statement beyond it is lost work. */
const usualStatementMs = 15_000;
/** The client gives up after the server did, so that the server's answer is the usual one. */
const graceMs = 5_000;
/** A transaction whose client fell silent must not keep accounts locked. */
const idleInTransactionTimeoutMs = 5_000;

/**
 * Opens the pool. Nothing connects before the first query.
 * `onError` hears of idle connections that break (the pool replaces them by itself);
 * `longestStatementMs` is for migrations and full verifications, which take longer than reads;
 * `onConnectionWait` hears how long each caller waited for a connection, in milliseconds;
 * `role` is what the sessions may do, by default all that the user of the URL may.
 * Faults: errors of the server and the sockets; see `isRetriable`.
 */
export function createDatabase(options: {
  url: string;
  applicationName: string;
  poolSize?: number;
  role?: DatabaseRole;
  longestStatementMs?: number;
  onError?: (error: Error) => void;
  onConnectionWait?: (waitMs: number) => void;
}): Database {
  const { url, applicationName, poolSize = 5, role = 'owner', onError } = options;
  const { longestStatementMs = usualStatementMs } = options;
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: longestStatementMs,
      query_timeout: longestStatementMs + graceMs,
      idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
      keepAlive: true,
      ...(role === 'owner' ? {} : { options: `-c role=${role}` }),
    },
    acquireConnectionTimeout: connectTimeoutMs,
    log: silent, // knex would write plain lines; every fault reaches the caller anyway
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
  const connections = (pool.client as { pool: ConnectionPool }).pool;
  if (options.onConnectionWait !== undefined) tellWaits(connections, options.onConnectionWait);
  return {
    knex: pool,
    openConnection: (purpose) =>
      createConnection({ url, role, applicationName: `${applicationName} ${purpose}` }),
    connections: () => ({
      used: connections.numUsed(),
      idle: connections.numFree(),
      waiting: connections.numPendingAcquires(),
    }),
    close: () => pool.destroy(),
  };
}

/** What we use of knex's pool. */
type ConnectionPool = {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  on(event: 'acquireRequest' | 'acquireSuccess' | 'acquireFail', f: (id: number) => void): void;
};

function tellWaits(pool: ConnectionPool, onWait: (waitMs: number) => void): void {
  const asked = new Map<number, number>();
  const answered = (id: number): void => {
    const sinceMs = asked.get(id);
    asked.delete(id);
    if (sinceMs !== undefined) onWait(performance.now() - sinceMs);
  };
  pool.on('acquireRequest', (id) => void asked.set(id, performance.now()));
  pool.on('acquireSuccess', answered);
  pool.on('acquireFail', answered);
}

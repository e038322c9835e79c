import { LedgerFault } from './fault.ts';
import { batchSettings, openSession } from './session.ts';
import type { DatabaseRole, Session } from './session.ts';
import type { Answer, Statement } from './statements.ts';

/** A transaction bound to the one session it began in; it never moves to another connection. */
export type Transaction = {
  /** Answers of the statements it began with. */
  readonly answers: readonly Answer[];
  flight(statements: Statement[]): Promise<Answer[]>;
  /**
   * Sends the statements and the commit in one flight.
   * Faults: StatementFault (nothing happened); `commit_unknown` (retriable) when the connection
   * broke or timed out: whether it happened must be read from the database.
   */
  commit(statements: Statement[]): Promise<Answer[]>;
  /** Never throws: a connection that cannot roll back is cut, which rolls back. */
  rollback(): Promise<void>;
};

/** One dedicated, pipelined connection of a batch writer; connects again when it was lost. */
export type Connection = {
  /** Statements outside of a transaction, sent together, answered in order. */
  flight(statements: Statement[]): Promise<Answer[]>;
  /** Begins a transaction and runs the statements in the same flight; rolled back on a fault. */
  begin(statements: Statement[]): Promise<Transaction>;
  /** Identifies the session; changes when the connection was lost and made again. */
  sessionId(): number;
  close(): Promise<void>;
};

/**
 * Opens the connection; the promise resolves once it stands. Faults: StatementFault `connect`.
 * `role` is what the session may do, by default all that the user of the URL may.
 * `settings` add to the session's settings, for example `synchronous_commit`.
 */
export async function createConnection(options: {
  url: string;
  applicationName: string;
  role?: DatabaseRole;
  settings?: Readonly<Record<string, string>>;
}): Promise<Connection> {
  const { url, applicationName, role = 'owner' } = options;
  const settings = {
    ...batchSettings,
    ...(role === 'owner' ? {} : { role }),
    ...options.settings,
  };
  let session: Session | null = null;
  let opening: Promise<Session> | null = null;
  let sessions = 0;
  let closed = false;

  const current = async (): Promise<Session> => {
    if (closed) throw new LedgerFault('connection_closed', `${applicationName} is closed`);
    if (session !== null && !session.broken()) return session;
    opening ??= openSession(url, applicationName, settings).finally(() => {
      opening = null;
    });
    session = await opening;
    sessions += 1;
    return session;
  };
  await current();
  return {
    flight: async (statements) => (await current()).flight(statements),
    begin: async (statements) => {
      const bound = await current();
      try {
        const [, ...answers] = await bound.flight([beginStatement, ...statements]);
        return transactionOf(bound, answers);
      } catch (error) {
        await rollBack(bound);
        throw error;
      }
    },
    sessionId: () => sessions,
    close: async () => {
      closed = true;
      await session?.end();
    },
  };
}

const beginStatement: Statement = { name: 'begin', text: 'begin', values: [] };
const commitStatement: Statement = { name: 'commit', text: 'commit', values: [] };
const rollbackStatement: Statement = { name: 'rollback', text: 'rollback', values: [] };

function transactionOf(session: Session, answers: readonly Answer[]): Transaction {
  return {
    answers,
    flight: (statements) => session.flight(statements),
    rollback: () => rollBack(session),
    commit: async (statements) => {
      let results: Answer[];
      try {
        results = await session.flight([...statements, commitStatement]);
      } catch (error) {
        if (!session.broken()) {
          // The server answered every statement: the commit became a rollback.
          await rollBack(session);
          throw error;
        }
        throw new LedgerFault('commit_unknown', 'the connection broke around the commit', {
          retriable: true,
          cause: error,
        });
      }
      // A failed statement turns COMMIT into ROLLBACK without an error of its own.
      if (results.at(-1)?.command !== 'COMMIT') {
        throw new LedgerFault('rolled_back', 'commit answered with a rollback', {
          retriable: true,
        });
      }
      return results.slice(0, -1);
    },
  };
}

async function rollBack(session: Session): Promise<void> {
  if (session.broken()) return;
  try {
    await session.flight([rollbackStatement]);
  } catch {
    session.cut();
  }
}

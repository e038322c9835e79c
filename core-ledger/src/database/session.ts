import { Socket } from 'node:net';
import pg from 'pg';
import { LedgerFault } from './fault.ts';
import { errorCode, isRetriable } from './sqlstates.ts';
import type { Answer, Statement } from './statements.ts';

/** A statement that failed: `code` is its SQLSTATE (or socket code), `statement` its name. */
export class StatementFault extends LedgerFault {
  readonly statement: string;

  constructor(statement: string, cause: unknown) {
    const text = cause instanceof Error ? cause.message : String(cause);
    super(errorCode(cause) || 'connection_lost', `${statement}: ${text}`, {
      retriable: isRetriable(cause),
      cause,
    });
    this.name = 'StatementFault';
    this.statement = statement;
  }
}

/**
 * `wallet_app` is for the processes: it reads and writes, but evidence (entries, transfers, blocks
 * of the chain, results, decisions) it can only add to. Sessions log in as the user of the URL and
 * take it on. `owner` stays that user: for migrations, imports, archives.
 */
export type DatabaseRole = 'owner' | 'wallet_app';

/** Time-outs in milliseconds. The server gives up before the client does. */
const limits = {
  connect: 5_000,
  statement: 8_000,
  query: 10_000,
  /** A stopped process must not keep accounts locked for long; its next statement fails. */
  idleInTransaction: 5_000,
  transaction: 15_000,
  /** Longer, and the accounts of the batch count as locked by someone else. */
  lock: 500,
};

/**
 * Session settings of a batch writer. Its statements are look-ups by key joined to arrays, planned
 * once: only nested loops over indexes are allowed, so that a plan made on an empty table is the
 * right one for ten million rows.
 */
export const batchSettings: Readonly<Record<string, string>> = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_material: 'off',
  enable_memoize: 'off',
  // Only rows cost: with pages and index descents free, a join never starts from the table.
  seq_page_cost: '0',
  random_page_cost: '0',
  cpu_operator_cost: '0',
  cpu_index_tuple_cost: '0',
  jit: 'off',
  lock_timeout: String(limits.lock),
  transaction_timeout: String(limits.transaction),
  tcp_user_timeout: String(limits.query),
};

/** One session of the server: when it breaks, a connection makes another one. */
export type Session = {
  flight(statements: Statement[]): Promise<Answer[]>;
  broken(): boolean;
  cut(): void;
  end(): Promise<void>;
};

/** Connects. Faults: StatementFault named `connect`. */
export async function openSession(
  url: string,
  applicationName: string,
  settings: Readonly<Record<string, string>>,
): Promise<Session> {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: limits.connect,
    statement_timeout: limits.statement,
    query_timeout: limits.query,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    keepAlive: true,
    pipeline: true,
    stream: () => socket,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  let broken = false;
  const cut = (): void => {
    broken = true;
    socket.destroy();
  };
  // Whatever waits for an answer hears of it by itself; this is for the idle connection.
  client.on('error', cut);
  client.on('end', cut);
  try {
    await client.connect();
  } catch (error) {
    cut();
    throw new StatementFault('connect', error);
  }
  return {
    flight: async (statements) => {
      try {
        return await fly(client, socket, statements);
      } catch (error) {
        // The socket may notice later than we do that the other side has gone.
        if (endsSession(error)) cut();
        throw error;
      }
    },
    broken: () => broken || socket.destroyed,
    cut,
    end: async () => {
      if (!broken) await client.end();
      broken = true;
    },
  };
}

/** All statements go out in one write; the first fault is thrown after every one was answered. */
async function fly(client: pg.Client, socket: Socket, statements: Statement[]): Promise<Answer[]> {
  socket.cork();
  const sent = statements.map(async ({ name, text, values }): Promise<Answer> => {
    const prepared = values.length > 0 || !transactionWords.has(name);
    const result = await client.query<(string | null)[], unknown[]>({
      ...(prepared ? { name } : {}),
      text,
      values: [...values],
      rowMode: 'array',
      types: asText,
    });
    return { command: result.command, rowCount: result.rowCount ?? 0, rows: result.rows };
  });
  socket.uncork();
  const settled = await Promise.allSettled(sent);
  return settled.map((answer, index) => {
    if (answer.status === 'fulfilled') return answer.value;
    throw new StatementFault(statements[index]?.name ?? '?', answer.reason);
  });
}

/** Not an SQLSTATE: of the socket. The classes are lost connections, shutdowns and time-outs. */
function endsSession(error: unknown): boolean {
  const code = errorCode(error);
  return !/^[0-9FHPWX][0-9A-Z]{4}$/.test(code) || /^(08|57P|25P0[34])/.test(code);
}

/** Answers stay as the server wrote them; the stores know their types. */
const asText = { getTypeParser: () => (value: string) => value };

const transactionWords = new Set(['begin', 'commit', 'rollback']);

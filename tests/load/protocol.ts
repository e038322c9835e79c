import type { LatencySummary } from './latencies.ts';

/** What the bench and its load generator say to each other. */
export type Client = { walletId: string; token: string };

export type LoadResult = {
  sent: number;
  answered: number;
  /** Connections that broke while a request was under way. */
  broken: number;
  statuses: Record<string, number>;
  /** Milliseconds from the time a request was due to its whole answer. */
  http: LatencySummary;
  /** Ids of the payments that were accepted (202). */
  ids: string[];
};

export type GeneratorRequest =
  | { command: 'prepare'; port: number; clients: Client[]; payees: string[]; run: string }
  | { command: 'load'; rate: number; seconds: number; connections: number };

export type GeneratorReply = { kind: 'prepared' } | { kind: 'result'; result: LoadResult };

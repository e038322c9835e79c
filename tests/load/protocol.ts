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
  /** The same, by status. */
  httpByStatus: Record<string, LatencySummary>;
  /** Ids of what was accepted (202). */
  ids: string[];
};

/** Something that the owner of a wallet asks for, with a key of its own. */
export type PlannedRequest = { walletId: string; path: string; body: string };

/** `rate` is requests a second; null: each connection sends as soon as it has its answer. */
export type LoadRequest = {
  rate: number | null;
  seconds: number;
  connections: number;
  /** Sent in this order, at most once each, instead of payments made up on the way. */
  planned?: PlannedRequest[];
};

export type GeneratorRequest =
  | {
      command: 'prepare';
      port: number;
      clients: Client[];
      merchants: Client[];
      payees: string[];
      run: string;
    }
  | ({ command: 'load' } & LoadRequest);

export type GeneratorReply = { kind: 'prepared' } | { kind: 'result'; result: LoadResult };

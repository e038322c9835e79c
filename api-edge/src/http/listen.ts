import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '@wallet/runtime';
import createHttpTerminator from 'lil-http-terminator';

export type Listening = {
  readonly port: number;
  /** Takes no new connection, lets requests under way finish, closes idle connections. */
  close(): Promise<void>;
};

/** A client that takes longer to send its headers is cut off. */
const headersTimeoutMs = 10_000;
const usualRequestTimeoutMs = 20_000;
/** How often slow clients are looked for. */
const checkPeriodMs = 5_000;
/** Longer than the idle time of the usual load balancers, which else meet a closing connection. */
const keepAliveTimeoutMs = 65_000;
/** Longer than a publish may take; clients that only wait have been answered by then. */
const drainMs = 4_000;
const backlog = 1_024;

/** Starts to serve. @throws the system's error when the port is taken */
export async function listen(options: {
  serve: (request: IncomingMessage, response: ServerResponse) => void;
  host: string;
  port: number;
  /** A client that takes longer to send a whole request is cut off. */
  requestTimeoutMs?: number;
  log: Log;
}): Promise<Listening> {
  const { serve, host, port, requestTimeoutMs = usualRequestTimeoutMs, log } = options;
  const server = createServer(
    {
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(checkPeriodMs, requestTimeoutMs),
    },
    serve,
  );
  const terminator = createHttpTerminator({
    server,
    gracefulTerminationTimeout: drainMs,
    maxWaitTimeout: drainMs + 1_000,
    logger: { warn: (message: string) => log.warn({ detail: message }, 'closing the server') },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      await terminator.terminate();
    },
  };
}

import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

/** A readiness check that takes longer counts as one more problem. */
const readyDeadlineMs = 2_000;

export type StatusServer = { port: number; close(): Promise<void> };

export type StatusServerOptions = {
  /** 0 takes any free port. */
  port: number;
  /** Address to listen on; 127.0.0.1 without it. */
  host?: string;
  metrics: Metrics;
  /** False makes the supervisor restart the process: only for what a restart mends. */
  live(): boolean;
  /** One sentence per problem; an empty list means ready. */
  ready(): Promise<string[]>;
};

/**
 * `/livez`, `/readyz` and `/metrics`, apart from the public port.
 * @throws the system's error when the port is taken
 */
export async function createStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const listener: RequestListener = (request, response) => {
    answer(options, request.url ?? '/', response).catch((error: unknown) => {
      if (!response.headersSent) send(response, 500, 'text/plain', String(error));
      else response.destroy();
    });
  };
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // a scraper's idle keep-alive connection would hold it open
      }),
  };
}

async function answer(options: StatusServerOptions, url: string, response: ServerResponse) {
  switch (url.split('?')[0]) {
    case '/livez': {
      const live = options.live();
      return send(response, live ? 200 : 503, 'application/json', JSON.stringify({ live }));
    }
    case '/readyz': {
      const problems = await readinessProblems(options);
      const body = JSON.stringify({ ready: problems.length === 0, problems });
      return send(response, problems.length === 0 ? 200 : 503, 'application/json', body);
    }
    case '/metrics': {
      const text = await options.metrics.expose();
      return send(response, 200, options.metrics.contentType, text);
    }
    default:
      return send(response, 404, 'text/plain', 'Try /livez, /readyz or /metrics.\n');
  }
}

async function readinessProblems(options: StatusServerOptions): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    const problem = `the readiness check took longer than ${readyDeadlineMs} ms`;
    timer = setTimeout(() => resolve([problem]), readyDeadlineMs);
  });
  try {
    return await Promise.race([options.ready(), late]);
  } catch (error) {
    return [`the readiness check failed: ${String(error)}`];
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}

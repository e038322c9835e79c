import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a sink does with a request. */
export type Behaviour =
  'well' | 'slow' | 'fails' | 'hangs' | 'redirects' | 'gone' | 'floods' | 'breaks' | 'flaky';

export type Arrival = { id: string; atMs: number; headers: IncomingHttpHeaders; body: string };

/** Somebody else's machine. */
export type Sink = {
  readonly behaviour: Behaviour;
  readonly url: string;
  /** What it answered with 2xx. */
  readonly arrivals: readonly Arrival[];
  /** Requests, whatever became of them. */
  requests(): number;
  /** Connections that were ever made to it. */
  connections(): number;
  /** A machine that was away comes back. */
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
};

/** What the sandbox lets webhooks call. */
export const sinkTargets = '127.0.0.1:20000-29999';

const slowMs = 200;

/** Opens a sink on a free port of `sinkTargets`. */
export async function openSink(behaviour: Behaviour): Promise<Sink> {
  const arrivals: Arrival[] = [];
  let now = behaviour;
  let count = 0;
  let connections = 0;
  const server = createServer((request, response) => {
    count += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers } = request;
      const arrival = {
        ...{ id: String(headers['webhook-id']), atMs: Date.now(), headers },
        body: Buffer.concat(chunks).toString(),
      };
      answer(now, count, response, () => arrivals.push(arrival));
    });
  });
  server.on('connection', () => (connections += 1));
  await listenWithin(server);
  const { port } = server.address() as AddressInfo;
  return {
    ...{ behaviour, arrivals, url: `http://127.0.0.1:${port}/hook` },
    requests: () => count,
    connections: () => connections,
    behave: (other) => void (now = other),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answer(
  behaviour: Behaviour,
  count: number,
  response: ServerResponse,
  arrived: () => void,
): void {
  const end = (status: number, headers: Record<string, string> = {}): void => {
    if (status < 300) arrived();
    response.writeHead(status, headers).end('{}');
  };
  const behaviours: Readonly<Record<Behaviour, () => void>> = {
    well: () => end(204),
    slow: () => void setTimeout(() => end(200), slowMs),
    fails: () => end(500),
    hangs: () => undefined,
    // Where metadata of a cloud would be: nobody may go there.
    redirects: () => end(307, { location: 'http://169.254.169.254/latest/meta-data/' }),
    gone: () => end(410),
    floods: () => {
      arrived();
      response.writeHead(200).end(Buffer.alloc(1_048_576, 'x'));
    },
    breaks: () => response.socket?.destroy(),
    flaky: () => end(count % 3 === 0 ? 503 : 200),
  };
  behaviours[behaviour]();
}

/** Ports at random: those who test at the same time do not meet for long. */
async function listenWithin(server: Server): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const isOpen = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isOpen) return;
  }
  throw new Error('no free port for a sink');
}

import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with query, from the root of the edge. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  timeoutMs?: number;
};

export type HttpAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The parsed body, or undefined when it is not a JSON object. */
  json: Record<string, unknown> | undefined;
};

/** No answer came: whether the request had its effect is unknown. */
export class NoAnswer extends Error {
  readonly retriable = true;
  readonly code = 'no_answer';

  constructor(request: HttpRequest, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${request.method} ${request.path}: ${why}`, { cause });
    this.name = 'NoAnswer';
  }
}

export type HttpClient = {
  /** @throws NoAnswer on a broken connection or after the time-out; any status is an answer */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
};

const defaultTimeoutMs = 30_000;

/**
 * A client with keep-alive connections.
 * @param baseUrl such as http://127.0.0.1:8080
 * @param connections most connections at once; further requests wait for one
 */
export function createHttpClient({
  baseUrl,
  connections = 64,
}: {
  baseUrl: string;
  connections?: number;
}): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const { hostname, port } = new URL(baseUrl);

  const exchange = (wanted: HttpRequest): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const { method, path, headers = {}, body, timeoutMs = defaultTimeoutMs } = wanted;
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const outgoing = httpRequest(
        { agent, hostname, port, method, path, headers: { ...headers, ...length } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const status = incoming.statusCode ?? 0;
            resolve({ status, headers: incoming.headers, text, json: objectOf(text) });
          });
        },
      );
      const timer = setTimeout(
        () => outgoing.destroy(new Error(`no answer after ${timeoutMs} ms`)),
        timeoutMs,
      );
      outgoing.on('close', () => clearTimeout(timer));
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  return {
    async send(wanted) {
      try {
        return await exchange(wanted);
      } catch (error) {
        throw new NoAnswer(wanted, error);
      }
    },
    close: () => agent.destroy(),
  };
}

function objectOf(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined; // a body that is no JSON is still an answer: `text` has it
  }
}
